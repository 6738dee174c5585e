namespace Arda.Gateway.Pages.Parts;

/// <summary>Asks once more before something that cannot be taken back.</summary>
public sealed record SureModel
{
    public required string Title { get; init; }

    public required string Room { get; init; }

    public required string Text { get; init; }

    public IReadOnlyList<string> More { get; init; } = [];

    public required string Action { get; init; }

    public required string Verb { get; init; }

    public required string BackUrl { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Hidden { get; init; } = [];

    public string? TypeToConfirm { get; init; }

    public string? Error { get; init; }
}
