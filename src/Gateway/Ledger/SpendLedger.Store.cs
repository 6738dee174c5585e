using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>Start, stop, heartbeat, and what other nodes make known.</summary>
internal sealed partial class SpendLedger
{
    private static readonly TimeSpan s_tickEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_heartbeatEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_learnFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_forgetAfter = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_expireEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_drainMax = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private Task _ticking = Task.CompletedTask;
    private long _lastBeat;
    private long _learnsSince;
    private long _lastExpiry;

    /// <summary>Begins a new life of this node; what a former one had leased comes back.</summary>
    public async Task OpenAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var start = await _database.WriteAsync(connection =>
            Nodes.Start(connection, _options.Node, _database.Now(connection))
        );
        _node = start.Identity;
        if (start.CrashedHolds > 0)
        {
            _alarms.Raise(
                LedgerAlarms.Crashed,
                _options.Node,
                $"{start.CrashedHolds} requests ran when the former process ended; "
                    + $"they cost the operator at most {start.CrashedAmount} USD"
            );
        }

        _writer = new ChargeWriter(_database, _options, _time, _alarms, start, Booked, Quarantined);
        _lastExpiry = _lastBeat = _learnsSince = _time.GetTimestamp();
        _isOpen = true;
        _ticking = Task.Run(TickLoopAsync, CancellationToken.None);
    }

    /// <summary>No new holds; what was settled is booked, and leases go back.</summary>
    public async Task CloseAsync()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        await _stop.CancelAsync();
        await _ticking;
        await _writer!.DrainAsync(s_drainMax);
        await Task.WhenAll(_desks.Values.Select(GiveBackAsync));
    }

    /// <summary>Without <see cref="CloseAsync"/> before it, this is what a crash would leave.</summary>
    public async ValueTask DisposeAsync()
    {
        _isOpen = false;
        await _stop.CancelAsync();
        await _ticking;
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }

        await Task.WhenAll(_desks.Values.Select(desk => desk.Pump));
        _dialogues.Dispose();
        _stop.Dispose();
    }

    /// <summary>
    /// Gives back what no node holds, so that the wallet's own figures tell what can be taken.
    /// Call it before any decision on money that is not a hold (refund, dispute, expiry).
    /// </summary>
    internal async Task RecallAsync(string project)
    {
        if (_desks.TryGetValue(project, out var desk))
        {
            await GiveBackAsync(desk);
        }

        await RecallOthersAsync(project, desk);
    }

    /// <summary>The wallet changed: what this node remembers of it decides nothing any more.</summary>
    internal void Invalidate(string project) => Tell(project, static book => book.Invalidate());

    /// <summary>One second's housekeeping.</summary>
    internal async Task TickAsync()
    {
        var now = Moment.Of(_time);
        foreach (var (project, desk) in _desks)
        {
            lock (desk)
            {
                desk.Book.Tick(now);
                if (!desk.IsPumped && desk.Book.IsForgettable(now, s_forgetAfter))
                {
                    desk.Book.IsRetired = true;
                    _desks.TryRemove(project, out _);
                }
            }

            Pump(desk);
        }

        _writer?.Nudge();
        if (_time.GetElapsedTime(_lastExpiry) >= s_expireEvery)
        {
            _lastExpiry = _time.GetTimestamp();
            await ExpireDueAsync();
        }

        if (!_policy.Everything && _time.GetElapsedTime(_lastBeat) >= s_heartbeatEvery)
        {
            await BeatAsync();
        }
    }

    private async Task TickLoopAsync()
    {
        using var timer = new PeriodicTimer(s_tickEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await TickAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task BeatAsync()
    {
        try
        {
            // Whoever has not seen the store for a minute does not know who lives.
            var mayDeclareDead = _time.GetElapsedTime(_learnsSince) > s_learnFor;
            var isCurrent = await _database.WriteAsync(connection =>
            {
                var now = _database.Now(connection);
                if (!Nodes.Beat(connection, _node, now))
                {
                    return false;
                }

                Nodes.Sweep(connection, mayDeclareDead, now);
                return true;
            });
            _lastBeat = _time.GetTimestamp();
            if (!isCurrent)
            {
                StopSpending();
            }
        }
        catch (Exception fault) when (IsOutside(fault))
        {
            _learnsSince = _time.GetTimestamp();
            _alarms.Warn(LedgerAlarms.StoreDown, _options.Node, fault.Message);
        }
    }

    /// <summary>Credit past its day ends: what is lent but not held comes back first.</summary>
    internal async Task ExpireDueAsync()
    {
        try
        {
            List<string> due;
            await using (var connection = await _database.OpenAsync(CancellationToken.None))
            {
                due = CreditStore.DueToExpire(connection, _database.Now(connection));
            }

            foreach (var project in due)
            {
                await RecallAsync(project);
                await _database.WriteAsync(connection =>
                {
                    CreditStore.Tidy(connection, project, _database.Now(connection));
                    return _database.Record(connection, LeaseStore.WalletChanged, project);
                });
            }
        }
        catch (Exception fault) when (IsOutside(fault))
        {
            _alarms.Warn(LedgerAlarms.StoreDown, _options.Node, fault.Message);
        }
    }

    private void StopSpending()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _alarms.Raise(
                LedgerAlarms.Fenced,
                _options.Node,
                "another process runs under this node's name; give each its own"
            );
        }
    }

    private void Heard(Change change)
    {
        var isRecall = change.Kind == LeaseStore.LeaseRecalled;
        if (!isRecall && change.Kind != LeaseStore.WalletChanged)
        {
            return;
        }

        // A recall names who asked: that node keeps what it has.
        var bar = change.Id.LastIndexOf('|');
        var project = change.Id[(bar + 1)..];
        if (!isRecall)
        {
            Invalidate(project);
        }
        else if (change.Id[..Math.Max(bar, 0)] != _options.Node)
        {
            Tell(project, static book => book.RequestShrink());
        }
    }

    private void Tell(string project, Action<LeaseBook> news)
    {
        if (_desks.TryGetValue(project, out var desk))
        {
            lock (desk)
            {
                news(desk.Book);
            }

            Pump(desk);
        }
    }
}
