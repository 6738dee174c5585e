using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Consent;

/// <param name="Name">As OAuth writes it.</param>
/// <param name="Title">What it allows, in plain words.</param>
/// <param name="Description">What that means in practice.</param>
/// <param name="Required">The app does not work without it; it cannot be unticked.</param>
/// <param name="Ticked">How the box stands.</param>
public sealed record ScopeChoice(
    string Name,
    string Title,
    string Description,
    bool Required,
    bool Ticked
);

public sealed record ProjectChoice(string Id, string Name, NanoUsd Balance);

/// <summary>What a person agrees to when they let an app spend.</summary>
public sealed record GrantTermsModel
{
    public required string AppName { get; init; }

    public string? Description { get; init; }

    public required string Publisher { get; init; }

    public string? VerifiedDomain { get; init; }

    public string? LogoUrl { get; init; }

    public required IReadOnlyList<ScopeChoice> Scopes { get; init; }

    public required int MarkupBps { get; init; }

    /// <summary>Of an earlier consent, where there is one.</summary>
    public int? AgreedMarkupBps { get; init; }

    /// <summary>What the example request costs before the app's markup.</summary>
    public required NanoUsd ExampleWithout { get; init; }

    /// <summary>What it costs the user.</summary>
    public required NanoUsd ExampleWith { get; init; }

    /// <summary>What it costs under the earlier consent.</summary>
    public NanoUsd AgreedExample { get; init; }

    public required IReadOnlyList<ProjectChoice> Projects { get; init; }

    /// <summary>The chosen one's id, or <see cref="GrantForm.NewProject"/>.</summary>
    public string? Project { get; init; }

    public string? NewProject { get; init; }

    public string? ProjectError { get; init; }

    /// <summary>Dollars, as typed.</summary>
    public string? MonthlyLimit { get; init; }

    public string? LimitError { get; init; }
}

public sealed record ConsentModel
{
    /// <summary>The request as the server knows it: all that the form says of it.</summary>
    public required string Interaction { get; init; }

    public required string Email { get; init; }

    public required GrantTermsModel Terms { get; init; }

    public required string ReturnsTo { get; init; }

    /// <summary>By a scheme of the device, not by a web address.</summary>
    public required bool ReturnsByScheme { get; init; }

    public required bool IsOwnersTest { get; init; }
}
