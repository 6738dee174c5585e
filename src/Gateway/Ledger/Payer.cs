using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>Who pays for a request, at which markups and within which monthly limits.</summary>
public sealed record Payer
{
    public required ProjectId Project { get; init; }

    public required KeyId Key { get; init; }

    public ConnectionId? Connection { get; init; }

    public AppId? App { get; init; }

    /// <summary>Who earns the reseller markup; null leaves it to the operator.</summary>
    public ResellerId? Reseller { get; init; }

    public int GatewayMarkupBps { get; init; }

    public int ResellerMarkupBps { get; init; }

    public NanoUsd? KeyMonthlyLimit { get; init; }

    public NanoUsd? ConnectionMonthlyLimit { get; init; }
}

/// <summary>What a request may cost at most, at the provider's price and before markups.</summary>
public sealed record HoldRequest
{
    public required GenerationId Id { get; init; }

    public required Payer Payer { get; init; }

    public required NanoUsd BaseMax { get; init; }

    /// <summary>The hold may be cut down to as little as this when the balance affords no more;
    /// null holds all or nothing.</summary>
    public NanoUsd? MinimumBaseMax { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }
}

/// <summary>What a project can be shown of its balance without asking the store.</summary>
/// <param name="Balance">The last reading of the store minus this node's charges since; holds are
/// not subtracted.</param>
/// <param name="Low">Soon used up: time to offer a top-up.</param>
public readonly record struct BalanceReading(NanoUsd Balance, bool Low);
