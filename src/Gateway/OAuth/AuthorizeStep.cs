using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>Names one authorize request while a person decides: 256 bits that only their pages
/// hold.</summary>
public readonly record struct InteractionId(string Value)
{
    /// <summary>Not in any log.</summary>
    public override string ToString() => "(interaction)";
}

/// <summary>What the pages do next.</summary>
public abstract record AuthorizeStep
{
    private AuthorizeStep() { }

    /// <summary>A page for a person, and never a redirect: nobody has proved where to send it.</summary>
    public sealed record ErrorPage(int Status, string Title, string Text) : AuthorizeStep;

    /// <summary>Answer 303 with exactly this address. For a custom scheme also show a link.</summary>
    public sealed record Redirect(string Uri) : AuthorizeStep;

    /// <summary>Sign in (or sign in again), then call
    /// <see cref="AuthorizeRequests.ContinueAsync"/> with this id.</summary>
    public sealed record SignIn(InteractionId Id, string? LoginHint) : AuthorizeStep;

    /// <summary>Show <see cref="AuthorizeRequests.ViewAsync"/> and ask.</summary>
    public sealed record Consent(InteractionId Id) : AuthorizeStep;
}

/// <summary>What a person chose. Only this comes from the form; all else is in the stored row.</summary>
public sealed record ConsentDecision
{
    public required bool Allow { get; init; }

    /// <summary>Which balance pays; needed to allow.</summary>
    public ProjectId? Project { get; init; }

    /// <summary>The ticked ones; required ones are granted all the same, others than those asked
    /// for never.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Null is no limit.</summary>
    public NanoUsd? MonthlyLimit { get; init; }
}

/// <summary>One scope in plain words.</summary>
public sealed record ScopeView(string Name, string Title, string Description, bool Required);

/// <summary>All that a consent page shows about whom one gives what.</summary>
public sealed record ConsentView
{
    public required AppView App { get; init; }

    public required IReadOnlyList<ScopeView> Scopes { get; init; }

    public required MarkupView Markup { get; init; }

    /// <summary>Where the answer goes: a host, "this device", or a scheme such as "myapp:".
    /// Null for device codes.</summary>
    public string? Destination { get; init; }

    /// <summary>Whether the answer goes to a custom scheme: then a link is shown as well.</summary>
    public bool ReturnsToScheme { get; init; }

    public NanoUsd? SuggestedMonthlyLimit { get; init; }

    /// <summary>What this person granted to this app before, where they did.</summary>
    public PreviousGrant? Previous { get; init; }

    /// <summary>The app is not yet approved, and its owner looks at it.</summary>
    public required bool IsOwnersTest { get; init; }
}

public sealed record AppView
{
    public required AppId Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? WebsiteUrl { get; init; }

    public required string Publisher { get; init; }

    public string? VerifiedDomain { get; init; }

    public string? LogoAssetId { get; init; }
}

/// <summary>The markup as money: what costs <see cref="Before"/> costs <see cref="After"/>.</summary>
public sealed record MarkupView(int Bps, NanoUsd Before, NanoUsd After, string Disclosure);

public sealed record PreviousGrant
{
    public required ConnectionId Connection { get; init; }

    public required ProjectId Project { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required int MarkupBps { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }
}

/// <summary>Who asks for what with a device code.</summary>
public sealed record DeviceRequestView
{
    /// <summary>As a person reads it: <c>WDJB-MJHT</c>.</summary>
    public required string UserCode { get; init; }

    public required ConsentView Consent { get; init; }

    /// <summary>Where the device is on the net.</summary>
    public required string RequesterAddress { get; init; }

    /// <summary>Where that is, in two letters; null where no trusted proxy has said.</summary>
    public string? RequesterCountry { get; init; }

    public required TimeSpan Age { get; init; }

    public required TimeSpan Remaining { get; init; }
}

/// <summary>How a decision about a device code ended.</summary>
public enum DeviceDecisionResult
{
    Allowed,
    Denied,

    /// <summary>Unknown, expired, used or decided: always the same words.</summary>
    NotValid,

    /// <summary>Too many wrong codes of this account or address.</summary>
    TooMany,

    /// <summary>The app's markup was raised since the page was shown; show it again.</summary>
    AskAgain,

    /// <summary>The chosen project is not this person's.</summary>
    NoSuchProject,
}
