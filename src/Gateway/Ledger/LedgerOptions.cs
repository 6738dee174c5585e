using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>What the operator may set of the ledger.</summary>
public sealed record LedgerOptions
{
    /// <summary>Names this process among the nodes of one store.</summary>
    public required string Node
    {
        get;
        init =>
            field =
                value.Length > 0 && !value.Contains('/', StringComparison.Ordinal)
                    ? value
                    : throw new ArgumentException("A name without slashes", nameof(value));
    }

    /// <summary>XTS, the test code of ISO 4217, where payments are simulated.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>A balance below this, or below ten usual requests, is shown as low.</summary>
    public NanoUsd LowBelow { get; init; } = NanoUsd.FromCents(100);

    /// <summary>A running hold above this is written down, so that a crash does not hide it.</summary>
    public NanoUsd JournalAbove { get; init; } = NanoUsd.FromCents(1);

    /// <summary>How long the end of an answer waits for its charge to be durable.</summary>
    public TimeSpan SettleWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a denial waits for other nodes to give back what they do not use.</summary>
    public TimeSpan RecallWait { get; init; } = TimeSpan.FromSeconds(1);
}
