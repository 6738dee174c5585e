using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>How a paid request ended.</summary>
public enum ChargeOutcome
{
    Completed,

    /// <summary>We ended it: time or money was used up.</summary>
    Cut,
    ClientDisconnected,

    /// <summary>Its key, connection or app lost the right to spend while it ran.</summary>
    Revoked,

    /// <summary>Free for the user; the operator absorbs what the provider bills.</summary>
    ProviderError,
}

/// <summary>What was used and at which price: all that a charge and its receipt are made of.</summary>
public sealed record ChargeFacts
{
    /// <summary>The provider's price of what was used so far, rounded up once.</summary>
    public required NanoUsd Base { get; init; }

    /// <summary>What the provider will bill the operator.</summary>
    public required NanoUsd Cogs { get; init; }

    public required string PriceVersion { get; init; }

    /// <summary>The unit prices as a receipt shows them. Kept once for each version.</summary>
    public required string PriceJson { get; init; }

    public required ChargeOutcome Outcome { get; init; }

    public required UsageSource Source { get; init; }

    public required TokenUsage Usage { get; init; }

    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required string RouteJson { get; init; }

    public string? UpstreamRequestId { get; init; }
}

/// <summary>What the user was charged. The parts add up to the total.</summary>
public sealed record SettledCharge(
    NanoUsd Total,
    NanoUsd Base,
    NanoUsd GatewayMarkup,
    NanoUsd ResellerMarkup,
    NanoUsd BalanceAfter,
    bool Low
);
