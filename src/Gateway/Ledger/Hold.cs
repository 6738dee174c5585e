using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Ledger;

/// <summary>
/// Money set aside for one request. It ends exactly once: settled into a charge or released. A
/// repeated end is a no-op that answers the first result.
/// </summary>
internal sealed class Hold(SpendLedger ledger, ProjectDesk desk, HoldRequest request)
    : HeldFunds(request)
{
    private TaskCompletionSource<Denial?>? _granted;
    private TaskCompletionSource<Outcome<SettledCharge>>? _settled;

    public ProjectDesk Desk { get; } = desk;

    /// <summary>Grows the hold out of money that this node already has; no I/O.</summary>
    public bool TryExtend(NanoUsd baseMore) => ledger.TryExtend(this, baseMore);

    /// <summary>
    /// Completes when the charge is durable. After about five seconds without an answer of the
    /// store it is LedgerUnavailable; the charge stays queued and will be booked.
    /// </summary>
    public ValueTask<Outcome<SettledCharge>> SettleAsync(ChargeFacts facts) =>
        ledger.SettleAsync(this, facts);

    /// <summary>Books what has been used so far, so that a crash loses only what came after.
    /// Nobody waits for it.</summary>
    public void BookProgress(ChargeFacts facts) => ledger.BookProgress(this, facts);

    /// <summary>Nothing was used: gives everything back.</summary>
    public void Release() => ledger.Release(this);

    /// <summary>Before the hold is known to anybody else.</summary>
    internal Task<Denial?> Wait() =>
        (_granted = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    internal void Answer(Denial? denial) => _granted?.TrySetResult(denial);

    internal Task<Outcome<SettledCharge>>? Settled => _settled?.Task;

    internal void BeginSettling() =>
        _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void EndSettling(Outcome<SettledCharge> outcome) => _settled?.TrySetResult(outcome);
}

/// <summary>A project's book with what this node's threads need around it. Locked for each call
/// into the book, never across a wait.</summary>
internal sealed class ProjectDesk(LeaseBook book)
{
    public LeaseBook Book { get; } = book;

    public Task Pump { get; set; } = Task.CompletedTask;

    public bool IsPumped { get; set; }
}
