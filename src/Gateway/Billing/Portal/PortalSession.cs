using Arda.Gateway.Kernel;

namespace Arda.Gateway.Billing.Portal;

/// <summary>Names a portal session to its app and in the page's own address. It opens nothing.</summary>
public readonly record struct PortalSessionId(string Value)
{
    public static PortalSessionId New() => new(Ids.Make("ps_"));

    public override string ToString() => Value;
}

/// <summary>What an app asks for.</summary>
public sealed record PortalRequest
{
    /// <summary>For callers that carry several keys: must be the key's own, where it is
    /// given.</summary>
    public ProjectId? ProjectId { get; init; }

    /// <summary>One of <see cref="PortalPurposes"/>.</summary>
    public string Purpose { get; init; } = PortalPurposes.Topup;

    /// <summary>Where the person goes back to; an address of the app's.</summary>
    public string? ReturnUrl { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public bool? SuggestedAutoReloadEnabled { get; init; }

    /// <summary>The app's own words, given back with the return.</summary>
    public string? State { get; init; }
}

/// <summary>A link for one person, good for one opening.</summary>
public sealed record PortalLink(PortalSessionId Id, Uri Url, DateTimeOffset ExpiresAt)
{
    /// <summary>Its address holds the secret, so that no log shall have it.</summary>
    public override string ToString() => Id.Value;
}

/// <summary>What a link is to somebody who only looks at it.</summary>
public enum PortalLook
{
    Alive,

    /// <summary>Followed, too old, of a key that has ended, or none: nobody learns which.</summary>
    Dead,

    /// <summary>This network has tried too many that are none.</summary>
    TooMany,
}

public enum PortalStatus
{
    /// <summary>Nobody followed the link yet.</summary>
    Open,

    Opened,

    /// <summary>Money came in since the session was made.</summary>
    Funded,

    /// <summary>A card was saved, or auto-reload set.</summary>
    Saved,

    /// <summary>A limit was raised, or the app may go on after a pause.</summary>
    LimitsChanged,

    /// <summary>The person went back without doing anything.</summary>
    Cancelled,

    /// <summary>A payment was tried and did not succeed.</summary>
    Failed,

    /// <summary>The link was not opened in time, or the day is over.</summary>
    Expired,
}

/// <summary>How a visit ended, as the portal tells it.</summary>
public enum PortalOutcome
{
    Funded,
    Saved,
    LimitsChanged,
    Cancelled,
    Failed,
}

/// <summary>Why a person is here and where they came from: context for a page, and no right at all.
/// Only its own person is shown anything of it.</summary>
public sealed record PortalContext
{
    public required PortalSessionId Id { get; init; }

    public required ProjectId Project { get; init; }

    /// <summary>Whose project it is.</summary>
    public required UserId UserId { get; init; }

    public required KeyId Key { get; init; }

    public AppId? App { get; init; }

    public ConnectionId? Connection { get; init; }

    public required string Purpose { get; init; }

    public string? ReturnUrl { get; init; }

    public string? State { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public bool? SuggestedAutoReloadEnabled { get; init; }

    public required PortalStatus Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the link, and when the session ends.</summary>
    public required DateTimeOffset LinkExpiresAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

internal static class PortalStatuses
{
    /// <summary>As it is stored, and as it stands on the wire.</summary>
    public static string Text(PortalStatus status) =>
        status switch
        {
            PortalStatus.Open => "open",
            PortalStatus.Opened => "opened",
            PortalStatus.Funded => "funded",
            PortalStatus.Saved => "saved",
            PortalStatus.LimitsChanged => "limits_changed",
            PortalStatus.Cancelled => "cancelled",
            PortalStatus.Failed => "failed",
            _ => "expired",
        };

    public static PortalStatus Read(string text) =>
        Enum.GetValues<PortalStatus>().First(status => Text(status) == text);

    public static PortalStatus Of(PortalOutcome outcome) =>
        outcome switch
        {
            PortalOutcome.Funded => PortalStatus.Funded,
            PortalOutcome.Saved => PortalStatus.Saved,
            PortalOutcome.LimitsChanged => PortalStatus.LimitsChanged,
            PortalOutcome.Cancelled => PortalStatus.Cancelled,
            _ => PortalStatus.Failed,
        };

    /// <summary>What the refused request waited for may be there now: send it again.</summary>
    public static bool IsRetry(PortalStatus status) =>
        status is PortalStatus.Funded or PortalStatus.Saved or PortalStatus.LimitsChanged;

    /// <summary>Waiting longer is no use.</summary>
    public static bool IsFinal(PortalStatus status) =>
        status is not (PortalStatus.Open or PortalStatus.Opened);
}
