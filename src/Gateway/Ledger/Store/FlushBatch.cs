using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Settlements that become durable together. The same batch may be sent again after a commit whose
/// outcome is unknown: its id and its rows' ids make that safe.
/// </summary>
internal sealed record FlushBatch
{
    public required string Id { get; init; }

    public required NodeIdentity Node { get; init; }

    /// <summary>Counts the flushes of this node's epoch.</summary>
    public required long Number { get; init; }

    public required string PreviousHash { get; init; }

    public required IReadOnlyList<Settlement> Settlements { get; init; }

    /// <summary>Large holds that run: a crash must not leave them unknown.</summary>
    public IReadOnlyList<JournaledHold> JournalOpened { get; init; } = [];

    public IReadOnlyList<string> JournalEnded { get; init; } = [];

    /// <summary>Its first try may have been committed.</summary>
    public bool IsRetry { get; init; }

    public IEnumerable<ChargeRow> Rows => Settlements.SelectMany(s => s.Rows);
}

internal sealed record JournaledHold(
    string Id,
    string Project,
    string Lease,
    NanoUsd Amount,
    string Provider,
    string Model
);

/// <param name="Hash">Of this flush; the next one names it.</param>
/// <param name="Booked">For each row of the batch, in its order.</param>
internal sealed record FlushReply(string Hash, IReadOnlyList<BookedRow> Booked);
