namespace Arda.Gateway.Sdk;

/// <summary>A link to the billing portal for this key's user. The link is context, never a login,
/// and opening it charges nothing.</summary>
public sealed record GatewayPortalSession
{
    /// <summary>Names the session; it opens nothing and is safe to keep.</summary>
    public required string Id { get; init; }

    /// <summary>The link; opens once, within fifteen minutes.</summary>
    public required Uri Url { get; init; }

    /// <summary>When the link ends; the session itself can be asked for a day.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Without the link, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayPortalSession)} {Id}";
}

/// <summary>What became of a portal session.</summary>
public sealed record GatewayPortalState
{
    /// <summary>The session's id.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="GatewayPortalPurposes"/>.</summary>
    public required string Purpose { get; init; }

    /// <summary><c>open</c> and <c>opened</c> while it is under way; then <c>funded</c>,
    /// <c>saved</c>, <c>limits_changed</c>, <c>cancelled</c>, <c>failed</c> or
    /// <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Whether the visit is over. A payment that arrives later still makes it
    /// <c>funded</c>.</summary>
    public required bool IsFinal { get; init; }

    /// <summary>Whether the refused request can now be sent again.</summary>
    public required bool ShouldRetry { get; init; }
}
