namespace Arda.Gateway.Sdk;

/// <summary>
/// What the app does next. Switch on the case, or on <see cref="Action"/>:
/// <see cref="None"/> (nothing about billing: treat it as you treat any error),
/// <see cref="OpenPortal"/>, <see cref="Reconnect"/>, <see cref="Wait"/> and
/// <see cref="ContactApp"/>.
/// </summary>
public abstract record RecoveryInstruction
{
    private RecoveryInstruction() { }

    /// <summary>The case as it stands on the wire: <c>none</c>, <c>open_portal</c>,
    /// <c>reconnect</c>, <c>wait</c> or <c>contact_app</c>.</summary>
    public abstract string Action { get; }

    /// <summary>The gateway's stable word for it, such as <c>insufficient_balance</c>; <c>none</c>
    /// without one.</summary>
    public required string Reason { get; init; }

    /// <summary>A sentence that can be shown.</summary>
    public required string Message { get; init; }

    /// <summary>The scopes to ask for when the user reconnects.</summary>
    public IReadOnlyList<string> MissingScopes
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Nothing about billing or access.</summary>
    public sealed record None : RecoveryInstruction
    {
        /// <inheritdoc/>
        public override string Action => "none";
    }

    /// <summary>The user can put it right in the billing portal.</summary>
    public sealed record OpenPortal : RecoveryInstruction
    {
        /// <inheritdoc/>
        public override string Action => "open_portal";

        /// <summary>What <see cref="ArdaGatewayClient.CreatePortalSessionAsync"/> is to be called
        /// with.</summary>
        public required GatewayPortalOptions PortalOptions { get; init; }
    }

    /// <summary>The user has to connect again.</summary>
    public sealed record Reconnect : RecoveryInstruction
    {
        /// <inheritdoc/>
        public override string Action => "reconnect";
    }

    /// <summary>It passes by itself.</summary>
    public sealed record Wait : RecoveryInstruction
    {
        /// <inheritdoc/>
        public override string Action => "wait";

        /// <summary>How long, where the gateway said so.</summary>
        public TimeSpan? RetryAfter { get; init; }
    }

    /// <summary>Only the app's owner can put it right.</summary>
    public sealed record ContactApp : RecoveryInstruction
    {
        /// <inheritdoc/>
        public override string Action => "contact_app";
    }
}

/// <summary>What the app knows that a denial does not.</summary>
public record GatewayRecoveryOptions
{
    /// <summary>The amounts that can be bought, in US cents; those that the denial names when
    /// absent.</summary>
    public IReadOnlyList<long>? TopupAmountsCents { get; init; }

    /// <summary>Where the portal sends the user back to: an address of the app's own origins or
    /// schemes.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>The app's own suggestion in US cents, used as long as it covers what is missing;
    /// without one, the smallest amount on sale that does.</summary>
    public long? SuggestedTopupCents { get; init; }

    /// <summary>Whether the portal is to offer auto-reload; the user decides.</summary>
    public bool? SuggestedAutoReloadEnabled { get; init; }

    /// <summary>Below this many US cents a good balance still asks for a top-up; the gateway's own
    /// warning decides when absent. Used by <see cref="GatewayRecovery.OfBalance"/> only.</summary>
    public long? MinimumBalanceCents { get; init; }
}
