using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Threading.Channels;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// The one writer of charges of this node. While one batch commits, the next one gathers, so that
/// the group grows with the load and nobody waits for a timer. Where nothing commits, whoever
/// settles hands its charge to the store itself. A batch whose outcome is unknown is sent again as
/// it is; one that breaks a promise of the tables is halved until the bad row stands alone.
/// </summary>
internal sealed class ChargeWriter : IAsyncDisposable
{
    private const int BatchMax = 1_000;
    private const int GatherTurns = 6;
    private static readonly TimeSpan s_retryMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_retryMax = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly LedgerAlarms _alarms;
    private readonly NodeIdentity _node;
    private readonly Action<Settlement, BookedRow[]> _booked;
    private readonly Action<Settlement> _quarantined;
    private readonly Channel<Settlement?> _queue = Channel.CreateUnbounded<Settlement?>(
        new() { SingleReader = true, AllowSynchronousContinuations = true }
    );
    private readonly ConcurrentQueue<Hold> _watched = new();
    private readonly ConcurrentQueue<string> _ended = new();
    private readonly List<JournaledHold> _journalOpened = [];
    private readonly List<string> _journalEnded = [];
    private readonly CancellationTokenSource _abandon = new();
    private readonly IDisposable _observed;
    private readonly Task _loop;
    private string _hash;
    private long _number = 1;
    private long _backlog;

    public ChargeWriter(
        Database database,
        LedgerOptions options,
        TimeProvider time,
        LedgerAlarms alarms,
        NodeStart start,
        Action<Settlement, BookedRow[]> booked,
        Action<Settlement> quarantined
    )
    {
        (_database, _options, _time, _alarms) = (database, options, time, alarms);
        (_node, _hash, _booked, _quarantined) = (
            start.Identity,
            start.LastHash,
            booked,
            quarantined
        );
        _observed = GatewayMetrics.ObserveLedgerBacklog(() => Interlocked.Read(ref _backlog));
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Call it without a lock: on an idle node this thread goes on as the loop.</summary>
    public void Enqueue(Settlement settlement)
    {
        Interlocked.Increment(ref _backlog);
        _queue.Writer.TryWrite(settlement);
    }

    /// <summary>Writes it down at the next flush if it still runs then.</summary>
    public void Watch(Hold hold) => _watched.Enqueue(hold);

    public void EndJournal(string id) => _ended.Enqueue(id);

    /// <summary>So that the hold journal is written while no charge is.</summary>
    public void Nudge()
    {
        if (!_watched.IsEmpty || !_ended.IsEmpty)
        {
            _queue.Writer.TryWrite(null);
        }
    }

    /// <summary>Everything that was enqueued is booked after this, unless the store is away.</summary>
    public async Task DrainAsync(TimeSpan atMost)
    {
        _queue.Writer.TryComplete();
        try
        {
            await _loop.WaitAsync(atMost, _time);
        }
        catch (TimeoutException)
        {
            _alarms.Raise(LedgerAlarms.StoreDown, _node.Node, "charges were left unbooked at stop");
        }
    }

    /// <summary>Like a crash: what is not durable is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _abandon.CancelAsync();
        await _loop;
        _abandon.Dispose();
        _observed.Dispose();
    }

    private async Task RunAsync()
    {
        var reader = _queue.Reader;
        var isBusy = false;
        while (await reader.WaitToReadAsync() && !_abandon.IsCancellationRequested)
        {
            // Behind what the pool has to do already, so that the requests that are about to settle
            // share this commit. A node whose commits have one charge each gains nothing by it.
            for (var turn = 0; isBusy && turn < GatherTurns; turn++)
            {
                await Task.Yield();
            }

            List<Settlement> settlements = [];
            while (settlements.Count < BatchMax && reader.TryRead(out var settlement))
            {
                if (settlement is not null)
                {
                    settlements.Add(settlement);
                }
            }

            isBusy = settlements.Count > 1;
            GatherJournal();
            if (settlements.Count + _journalOpened.Count + _journalEnded.Count > 0)
            {
                await CommitAsync(settlements);
            }
        }
    }

    private async Task CommitAsync(List<Settlement> settlements, bool isRetry = false)
    {
        var batch = NewBatch(settlements) with { IsRetry = isRetry };
        var delay = s_retryMin;
        var startedAt = _time.GetTimestamp();
        while (!_abandon.IsCancellationRequested)
        {
            try
            {
                var reply = await _database.WriteAsync(connection =>
                    ChargeStore.Flush(
                        connection,
                        batch,
                        _options.Currency,
                        _database.Now(connection)
                    )
                );
                if (settlements.Count > 0)
                {
                    GatewayMetrics.Flushed(settlements.Count, _time.GetElapsedTime(startedAt));
                }

                Finish(batch, reply);
                return;
            }
            catch (Exception fault) when (IsPoison(fault))
            {
                await HalveAsync(settlements, batch.IsRetry, fault);
                return;
            }
#pragma warning disable CA1031 // No fault may end the one loop that makes charges durable.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                _alarms.Warn(LedgerAlarms.StoreDown, batch.Id, fault.Message);
                batch = batch with { IsRetry = true };
                await PauseAsync(delay);
                delay = delay + delay < s_retryMax ? delay + delay : s_retryMax;
            }
        }
    }

    // A broken promise is rolled back for certain, and trying the same again cannot help.
    private static bool IsPoison(Exception fault) =>
        Sql.IsConstraintViolation(fault) || fault is InvariantBrokenException or OverflowException;

    private async Task HalveAsync(List<Settlement> settlements, bool isRetry, Exception fault)
    {
        if (settlements.Count > 1)
        {
            var half = settlements.Count / 2;
            await CommitAsync(settlements[..half], isRetry);
            await CommitAsync(settlements[half..], isRetry);
            return;
        }

        if (settlements.Count == 0)
        {
            // Not a charge but the hold journal: it is a help after a crash, never worth a stop.
            _alarms.Raise(LedgerAlarms.Quarantined, _node.Node, fault.Message);
            _journalOpened.Clear();
            _journalEnded.Clear();
            return;
        }

        await QuarantineAsync(settlements[0], fault);
    }

    private async Task QuarantineAsync(Settlement settlement, Exception fault)
    {
        var id = settlement.Hold.Request.Id.Value;
        _alarms.Raise(LedgerAlarms.Quarantined, id, fault.Message);
        try
        {
            await _database.WriteAsync(connection =>
                Quarantine.Keep(connection, settlement, fault.Message, _database.Now(connection))
            );
        }
        catch (Exception again) when (again is StoreUnavailableException or DbException)
        {
            _alarms.Raise(LedgerAlarms.Quarantined, id, "not kept: " + again.Message);
        }

        Interlocked.Decrement(ref _backlog);
        _quarantined(settlement);
    }

    private FlushBatch NewBatch(List<Settlement> settlements) =>
        new()
        {
            Id = string.Create(
                CultureInfo.InvariantCulture,
                $"{_node.Node}/{_node.Epoch}/{_number}"
            ),
            Node = _node,
            Number = _number,
            PreviousHash = _hash,
            Settlements = settlements,
            JournalOpened = [.. _journalOpened],
            JournalEnded = [.. _journalEnded],
        };

    private void Finish(FlushBatch batch, FlushReply reply)
    {
        _number++;
        _hash = reply.Hash;
        _journalOpened.Clear();
        _journalEnded.Clear();
        Interlocked.Add(ref _backlog, -batch.Settlements.Count);
        var at = 0;
        foreach (var settlement in batch.Settlements)
        {
            var rows = new BookedRow[settlement.Rows.Count];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = reply.Booked[at++];
                var row = settlement.Rows[i];
                GatewayMetrics.Absorbed(
                    row.Parts.Total - rows[i].Charged.Total,
                    rows[i].IsLate ? LedgerAlarms.Late : row.AbsorbedReason
                );
            }

            _booked(settlement, rows);
        }
    }

    private void GatherJournal()
    {
        while (_watched.TryDequeue(out var hold))
        {
            lock (hold.Desk)
            {
                if (hold is { State: HoldState.Held, Lease: { IsLost: false } lease })
                {
                    hold.IsJournaled = true;
                    _journalOpened.Add(
                        new(
                            hold.Request.Id.Value,
                            hold.Request.Payer.Project.Value,
                            lease.Id,
                            hold.Amount,
                            hold.Request.Provider,
                            hold.Request.Model
                        )
                    );
                }
            }
        }

        while (_ended.TryDequeue(out var id))
        {
            _journalEnded.Add(id);
        }
    }

    private async Task PauseAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _time, _abandon.Token);
        }
        catch (OperationCanceledException)
        {
            // Given up; the loop sees it.
        }
    }
}
