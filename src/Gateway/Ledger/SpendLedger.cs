using System.Collections.Concurrent;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// The door of this room for whoever spends. In the steady state a hold takes from memory and a
/// settlement is one row in the next group commit; the store is asked only when a lease runs out.
/// </summary>
internal sealed partial class SpendLedger : IAsyncDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly LedgerAlarms _alarms;
    private readonly ChangeFeed? _feed;
    private readonly LeasePolicy _policy;
    private readonly ConcurrentDictionary<string, ProjectDesk> _desks = new(StringComparer.Ordinal);
    private ChargeWriter? _writer;
    private NodeIdentity _node;
    private volatile bool _isOpen;

    /// <summary>Make it before the feed is started: it listens from the beginning.</summary>
    public SpendLedger(
        Database database,
        LedgerOptions options,
        TimeProvider time,
        LedgerAlarms alarms,
        ChangeFeed? feed,
        LeasePolicy? policy = null
    )
    {
        (_database, _options, _time, _alarms, _feed) = (database, options, time, alarms, feed);
        var isEmbedded = database.Kind is StoreKind.Sqlite;
        _policy = policy ?? (isEmbedded ? LeasePolicy.Embedded : LeasePolicy.Shared);
        feed?.Subscribe(Heard);
    }

    public bool IsOpen => _isOpen;

    /// <summary>Which node this is, in which life.</summary>
    internal NodeIdentity Node => _node;

    internal LedgerOptions Options => _options;

    internal Database Database => _database;

    /// <summary>
    /// Sets aside the most that a request can cost. Completes at once where the lease has enough;
    /// a refusal has always been decided by the store.
    /// </summary>
    public ValueTask<Outcome<Hold>> HoldAsync(HoldRequest request, CancellationToken ct)
    {
        Invariant.Holds(request.BaseMax >= NanoUsd.Zero, "a hold is not negative");
        if (!_isOpen)
        {
            return new((Outcome<Hold>)new Denial.LedgerUnavailable(s_retryAfter));
        }

        while (true)
        {
            var desk = DeskOf(request.Payer.Project.Value);
            var hold = new Hold(this, desk, request);
            Task<Denial?>? waiting = null;
            bool hasWork;
            lock (desk)
            {
                if (desk.Book.IsRetired)
                {
                    continue;
                }

                if (!desk.Book.TryHold(hold, Moment.Of(_time)))
                {
                    waiting = hold.Wait();
                }

                hasWork = desk.Book.HasWork;
            }

            if (hasWork)
            {
                Pump(desk);
            }

            if (waiting is not null)
            {
                return AwaitAsync(hold, waiting, ct);
            }

            WatchLarge(hold);
            return new((Outcome<Hold>)hold);
        }
    }

    /// <summary>Base price that this payer could still hold: what the lease has free and what no
    /// node has leased.</summary>
    public NanoUsd AffordableBase(Payer payer)
    {
        if (!_desks.TryGetValue(payer.Project.Value, out var desk))
        {
            return NanoUsd.Zero;
        }

        lock (desk)
        {
            return desk.Book.AffordableBase(payer, Moment.Of(_time));
        }
    }

    /// <summary>Null until the project's first hold on this node.</summary>
    public BalanceReading? Balance(ProjectId project)
    {
        if (!_desks.TryGetValue(project.Value, out var desk))
        {
            return null;
        }

        lock (desk)
        {
            return desk.Book.Balance;
        }
    }

    internal bool TryExtend(Hold hold, NanoUsd baseMore)
    {
        bool extended;
        lock (hold.Desk)
        {
            extended = hold.Desk.Book.TryExtend(hold, baseMore, Moment.Of(_time));
        }

        Pump(hold.Desk);
        return extended;
    }

    internal async ValueTask<Outcome<SettledCharge>> SettleAsync(Hold hold, ChargeFacts facts)
    {
        SettleCheck check;
        Settlement? settlement;
        bool isGarbage;
        lock (hold.Desk)
        {
            check = hold.Desk.Book.Settle(
                hold,
                facts,
                Moment.Of(_time),
                out settlement,
                out isGarbage
            );
            if (settlement is not null)
            {
                hold.BeginSettling();
                EndJournal(hold);
            }
        }

        if (settlement is not null)
        {
            _writer?.Enqueue(settlement);
        }

        if (isGarbage)
        {
            _alarms.Raise(LedgerAlarms.Garbage, hold.Request.Id.Value, $"base {facts.Base}");
        }

        if (check == SettleCheck.Contradicts)
        {
            _alarms.Raise(
                LedgerAlarms.Contradiction,
                hold.Request.Id.Value,
                $"settled again for {facts.Base} after {hold.State}"
            );
        }

        if (hold.Settled is not { } settled)
        {
            return NothingCharged(hold);
        }

        try
        {
            return settled.IsCompleted
                ? await settled
                : await settled.WaitAsync(_options.SettleWait, _time);
        }
        catch (TimeoutException)
        {
            return new Denial.LedgerUnavailable(s_retryAfter);
        }
    }

    internal void BookProgress(Hold hold, ChargeFacts facts)
    {
        Settlement? settlement;
        lock (hold.Desk)
        {
            settlement = hold.Desk.Book.BookProgress(hold, facts);
        }

        if (settlement is not null)
        {
            _writer?.Enqueue(settlement);
        }
    }

    internal void Release(Hold hold)
    {
        bool released;
        lock (hold.Desk)
        {
            released = hold.Desk.Book.Release(hold);
            EndJournal(hold);
        }

        if (!released && hold.State == HoldState.Settled)
        {
            _alarms.Raise(
                LedgerAlarms.Contradiction,
                hold.Request.Id.Value,
                "released after it was settled"
            );
        }

        Pump(hold.Desk);
    }

    private void EndJournal(Hold hold)
    {
        if (hold.IsJournaled && hold.State != HoldState.Held)
        {
            hold.IsJournaled = false;
            _writer?.EndJournal(hold.Request.Id.Value);
        }
    }

    private void WatchLarge(Hold hold)
    {
        if (hold.Amount > _options.JournalAbove)
        {
            _writer?.Watch(hold);
        }
    }

    private async ValueTask<Outcome<Hold>> AwaitAsync(
        Hold hold,
        Task<Denial?> waiting,
        CancellationToken ct
    )
    {
        try
        {
            var denial = await waiting.WaitAsync(_options.SettleWait, _time, ct);
            if (denial is not null)
            {
                return denial;
            }

            WatchLarge(hold);
            return hold;
        }
        catch (TimeoutException)
        {
            GiveUp(hold);
            return new Denial.LedgerUnavailable(s_retryAfter);
        }
        catch (OperationCanceledException)
        {
            // Nobody will use it, granted in the same moment or not.
            GiveUp(hold);
            throw;
        }
    }

    private void GiveUp(Hold hold)
    {
        lock (hold.Desk)
        {
            hold.Desk.Book.Release(hold);
        }

        Pump(hold.Desk);
    }

    private SettledCharge NothingCharged(Hold hold)
    {
        var balance = Balance(hold.Request.Payer.Project) ?? default;
        var zero = NanoUsd.Zero;
        return new SettledCharge(zero, zero, zero, zero, balance.Balance, balance.Low);
    }

    private void Booked(Settlement settlement, BookedRow[] rows)
    {
        var hold = (Hold)settlement.Hold;
        BalanceReading balance;
        NanoUsd total;
        lock (hold.Desk)
        {
            hold.Desk.Book.Flushed(settlement, rows);
            balance = hold.Desk.Book.Balance ?? default;
            total = hold.BookedCharged;
        }

        Report(settlement, rows);
        if (settlement.IsFinal)
        {
            var parts = hold.Booked.Charged(total);
            hold.EndSettling(
                new SettledCharge(
                    total,
                    parts.Base,
                    parts.GatewayMarkup,
                    parts.ResellerMarkup,
                    balance.Balance,
                    balance.Low
                )
            );
            Pump(hold.Desk);
        }
    }

    private void Report(Settlement settlement, BookedRow[] rows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var row = settlement.Rows[i];
            if (rows[i].IsLate)
            {
                _alarms.Warn(LedgerAlarms.Late, row.Id, "its lease was gone");
            }

            if (!row.IsCorrection && row.Parts.Total > rows[i].Charged.Total)
            {
                _alarms.Count(LedgerAlarms.Absorbed);
            }

            if (rows[i].Differs)
            {
                _alarms.Raise(
                    LedgerAlarms.Contradiction,
                    row.Id,
                    "the journal has it with another amount"
                );
            }
        }
    }

    private void Quarantined(Settlement settlement)
    {
        var hold = (Hold)settlement.Hold;
        lock (hold.Desk)
        {
            hold.Desk.Book.Quarantined(settlement);
        }

        hold.EndSettling(new Denial.LedgerUnavailable(s_retryAfter));
    }

    private ProjectDesk DeskOf(string project) =>
        _desks.GetOrAdd(
            project,
            static (key, ledger) =>
                new ProjectDesk(new LeaseBook(key, ledger._policy, ledger._options.LowBelow)),
            this
        );
}
