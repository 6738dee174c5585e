using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>What a book wants from the store. At most one is on its way for each book.</summary>
internal abstract record BookCommand(string Project);

/// <summary>
/// Renews the named lease, or opens <paramref name="NewLeaseId"/> where there is none or the store
/// no longer knows it. Adds money only where it is to grow; otherwise it is a new reading, and a
/// recall that runs at the same time is not undone by it. <paramref name="Open"/> asks for a lease
/// without money too: a free model's request has a hold of nothing.
/// </summary>
internal sealed record AcquireCommand(
    string Project,
    string? LeaseId,
    string NewLeaseId,
    bool Grow,
    bool Open,
    NanoUsd Need,
    NanoUsd Recent,
    IReadOnlyList<AllowanceWant> Allowances,
    long SentTicks
) : BookCommand(Project);

/// <param name="Key">Which limit.</param>
/// <param name="Cap">The limit itself.</param>
/// <param name="Keep">Held and used by this node under its lease; the rest goes back first.</param>
/// <param name="Need">What is lacking.</param>
internal sealed record AllowanceWant(AllowanceKey Key, NanoUsd Cap, NanoUsd Keep, NanoUsd Need);

/// <summary>Gives back what is not held; closes the lease where nothing is.</summary>
internal sealed record ShrinkCommand(
    string Project,
    string LeaseId,
    Funds Keep,
    IReadOnlyList<AllowanceWant> Allowances,
    bool Close
) : BookCommand(Project);

/// <summary>Asks the other nodes for money that they do not use, and waits until they gave it.</summary>
internal sealed record RecallCommand(string Project) : BookCommand(Project);

internal enum AcquireStatus
{
    Open,
    Frozen,

    /// <summary>A newer process runs under this node's name: this one must not spend.</summary>
    Fenced,
}

/// <summary>The store's answer, read in the transaction that granted.</summary>
internal sealed record AcquireReply
{
    public required AcquireStatus Status { get; init; }

    /// <summary>Null where nothing could be lent and there was no lease.</summary>
    public string? LeaseId { get; init; }

    public Funds Granted { get; init; }

    /// <summary>Used of the lease as the store knows it; this node may have charges on their way.</summary>
    public Funds Used { get; init; }

    /// <summary>What is left to spend, leases included, debt subtracted.</summary>
    public NanoUsd Unspent { get; init; }

    /// <summary>Lent to nobody.</summary>
    public NanoUsd Unleased { get; init; }

    /// <summary>Other nodes hold leases, some of it perhaps idle.</summary>
    public bool OthersHaveLeases { get; init; }

    public IReadOnlyList<AllowanceReply> Allowances { get; init; } = [];
}

internal sealed record AllowanceReply(
    AllowanceKey Key,
    NanoUsd Cap,
    NanoUsd Granted,
    NanoUsd Used,
    NanoUsd MonthUsed,
    NanoUsd Unleased
);

internal readonly record struct ShrinkReply(
    bool IsLost,
    Funds Used,
    NanoUsd Unspent,
    NanoUsd Unleased
);

/// <summary>How a waiting hold ended: with money, or with a reason.</summary>
internal readonly record struct HoldDecision(HeldFunds Hold, Denial? Denial);
