namespace Arda.Gateway.Pages.Problems;

public sealed record ProblemLink(string Href, string Text);

/// <summary>Something that a person cannot go on with, and what they can do instead.</summary>
public sealed record ProblemModel
{
    public required string Title { get; init; }

    public required string Text { get; init; }

    public string? WayOut { get; init; }

    public ProblemLink? Link { get; init; }

    public string? RequestId { get; init; }
}
