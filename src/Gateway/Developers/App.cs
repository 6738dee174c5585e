using Arda.Gateway.Kernel;

namespace Arda.Gateway.Developers;

/// <summary>How an app runs, which decides where answers may be sent.</summary>
public enum AppKind
{
    /// <summary>On a server of its own.</summary>
    Web,

    /// <summary>In a browser, with nothing that could keep a secret.</summary>
    Browser,

    /// <summary>On a person's machine; only here may a loopback port vary.</summary>
    Native,

    /// <summary>Where there is no browser: a terminal, a television.</summary>
    Device,
}

public enum AppState
{
    /// <summary>Waits for review; its owner may already run the whole flow.</summary>
    Pending,
    Approved,
    Rejected,

    /// <summary>The operator stopped it: no new keys, and those there are may not spend.</summary>
    Suspended,
}

/// <summary>An OAuth client, as its developer registered it.</summary>
public sealed record App
{
    public required AppId Id { get; init; }

    public required UserId Owner { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? WebsiteUrl { get; init; }

    /// <summary>What people call whoever offers it.</summary>
    public string? PublisherName { get; init; }

    /// <summary>A domain of which the operator has seen that it is the publisher's.</summary>
    public string? VerifiedDomain { get; init; }

    public required AppKind Kind { get; init; }

    /// <summary>It authenticates with a secret at every call.</summary>
    public required bool IsConfidential { get; init; }

    public required IReadOnlyList<string> RedirectUris { get; init; }

    public required IReadOnlyList<string> WebOrigins { get; init; }

    /// <summary>What is granted when it asks for nothing in particular.</summary>
    public required IReadOnlyList<string> DefaultScopes { get; init; }

    public required IReadOnlyList<string> AllowedScopes { get; init; }

    /// <summary>May start the device flow; off unless its developer turns it on.</summary>
    public required bool DeviceCodes { get; init; }

    /// <summary>What it adds to every price, in hundredths of a percent.</summary>
    public required int MarkupBps { get; init; }

    public string? LogoAssetId { get; init; }

    public required AppState State { get; init; }

    /// <summary>The operator's words on a rejection or a suspension, for the developer.</summary>
    public string? ReviewNote { get; init; }

    /// <summary>What its developer wants changed and the operator has not yet approved.</summary>
    public AppChanges? Proposed { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Why nobody new may connect it, whatever its state: its owner was turned away where
    /// money goes. Keys that are there go on.</summary>
    public string? ClosedBecause { get; init; }

    /// <summary>Who earns the markup.</summary>
    public ResellerId? Reseller => MarkupBps > 0 ? new ResellerId(Owner.Value) : null;

    /// <summary>The words for <see cref="Kind"/> and <see cref="State"/> on the wire.</summary>
    public static string Wire<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>A wish for a new app.</summary>
public sealed record NewApp
{
    public required UserId Owner { get; init; }

    public required AppKind Kind { get; init; }

    /// <summary>Null: as the kind wants it; a web app has a secret, the others have none.</summary>
    public bool? IsConfidential { get; init; }

    public required AppChanges About { get; init; }
}

/// <summary>What a developer may say about an app; null leaves it as it is.</summary>
public record AppChanges
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? WebsiteUrl { get; init; }

    public string? PublisherName { get; init; }

    public IReadOnlyList<string>? RedirectUris { get; init; }

    public IReadOnlyList<string>? WebOrigins { get; init; }

    public IReadOnlyList<string>? DefaultScopes { get; init; }

    public IReadOnlyList<string>? AllowedScopes { get; init; }

    public bool? DeviceCodes { get; init; }

    public int? MarkupBps { get; init; }

    /// <summary>An uploaded image; only <see cref="AppLogos"/> sets it, never the wire.</summary>
    public string? LogoAssetId { get; init; }
}

/// <summary>What the operator decides.</summary>
public sealed record ReviewDecision
{
    public required AppState State { get; init; }

    public string? Note { get; init; }

    /// <summary>Null leaves it as it is; empty takes it away.</summary>
    public string? VerifiedDomain { get; init; }
}
