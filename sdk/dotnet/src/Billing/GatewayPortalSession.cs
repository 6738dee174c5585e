namespace Arda.Gateway.Sdk;

/// <summary>A link to the billing portal for this key's user. The link is context, never a login, and
/// opening it charges nothing.</summary>
public sealed record GatewayPortalSession
{
    /// <summary>Names the session; it opens nothing and is safe to keep.</summary>
    public required string Id { get; init; }

    /// <summary>The link; opens once.</summary>
    public required Uri Url { get; init; }

    /// <summary>When the link ends; the session itself can be asked for longer.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Without the link, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayPortalSession)} {Id}";
}

/// <summary>How far the user has come.</summary>
public sealed record GatewayPortalProgress
{
    /// <summary>The session's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>open</c> and <c>opened</c> while it is under way; then <c>funded</c>,
    /// <c>saved</c> or <c>limits_changed</c> (send the refused request again), or <c>cancelled</c>,
    /// <c>failed</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The refused request has a chance now.</summary>
    public bool IsResolved => Status is "funded" or "saved" or "limits_changed";

    /// <summary>Waiting longer is no use.</summary>
    public bool IsFinal => Status is not ("open" or "opened");
}
