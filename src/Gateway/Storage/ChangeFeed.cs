using System.Data.Common;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Storage;

/// <summary>
/// One node's reading of the change log: woken at once by announcements, and polled at least once a
/// second in case one is lost. <see cref="SinceLastPoll"/> over a second means that this node may
/// not know of a revocation and must ask the store.
/// </summary>
public sealed class ChangeFeed : IAsyncDisposable
{
    /// <summary>How long a node may go without reading the log and still trust its memory.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_looksEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReaderLivesFor = TimeSpan.FromSeconds(30);

    private readonly Database _database;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Action<Change>? _changed;
    private Task _loops = Task.CompletedTask;
    private long _lastPoll;
    private long _seen;
    private long _acknowledged = -1;
    private long _acknowledgedAt;
    private TaskCompletionSource _polled = NewSignal();

    public ChangeFeed(Database database, string node, TimeProvider time)
    {
        (_database, _node, _time) = (database, node, time);
        _lastPoll = time.GetTimestamp() - time.TimestampFrequency * 3600;
    }

    /// <summary>
    /// Called for each change, in order, on the feed's own loop; a handler must be quick. A change
    /// may come again after a failed poll. Subscribe before the start.
    /// </summary>
    public void Subscribe(Action<Change> handler) => _changed += handler;

    /// <summary>Counted by the monotonic clock from before the last successful poll was sent.</summary>
    public TimeSpan SinceLastPoll => _time.GetElapsedTime(Volatile.Read(ref _lastPoll));

    public bool IsFresh => SinceLastPoll <= TrustedFor;

    /// <summary>Skips what was logged before; a new node has nothing in memory to forget.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await using (var connection = await _database.OpenAsync(ct))
        {
            _seen = connection.QueryOne(
                "SELECT COALESCE(MAX(seq), 0) FROM change",
                row => row.GetInt64(0)
            );
        }

        _database.ChangesAnnounced += Wake;
        await PollAsync(ct);
        _loops = Task.WhenAll(Task.Run(PollLoopAsync, ct), Task.Run(ListenLoopAsync, ct));
    }

    /// <summary>
    /// Completes when every live node has read up to <paramref name="seq"/>, or when its memory is
    /// older than it may trust and it asks the store anyway: after this, nobody acts on old news.
    /// </summary>
    public async Task SeenByAllAsync(long seq, CancellationToken ct)
    {
        // A store that hangs now is no reason to answer later: the window lapses without it.
        using var window = new CancellationTokenSource(TrustedFor, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(window.Token, ct);
        var lapsed = Task.Delay(Timeout.InfiniteTimeSpan, _time, end.Token);
        while (!end.IsCancellationRequested)
        {
            var next = Volatile.Read(ref _polled).Task;
            if (Volatile.Read(ref _seen) >= seq)
            {
                var asking = Task.Run(() => AskOthersAsync(seq, end.Token), CancellationToken.None);
                if (await Task.WhenAny(asking, lapsed) == asking && await asking)
                {
                    return;
                }
            }

            Wake();
            await Task.WhenAny(next, lapsed, Task.Delay(s_looksEvery, _time, end.Token));
        }

        ct.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        _database.ChangesAnnounced -= Wake;
        await _stop.CancelAsync();
        await _loops;
        _stop.Dispose();
        _wake.Dispose();
    }

    /// <summary>Reads and raises what is new.</summary>
    internal async Task PollAsync(CancellationToken ct)
    {
        var sent = _time.GetTimestamp();
        List<Change> changes;
        await using (var connection = await _database.OpenAsync(ct))
        {
            changes = Read(connection);
        }

        foreach (var change in changes)
        {
            _changed?.Invoke(change);
            Volatile.Write(ref _seen, change.Seq);
        }

        Volatile.Write(ref _lastPoll, sent);
        Interlocked.Exchange(ref _polled, NewSignal()).TrySetResult();
        if (_database.Kind is StoreKind.Postgres)
        {
            await AcknowledgeAsync();
        }
    }

    private List<Change> Read(DbConnection connection)
    {
        var changes = connection.Query(
            "SELECT seq, kind, id FROM change WHERE seq > @seen ORDER BY seq",
            row => new Change(row.GetInt64(0), row.GetString(1), row.GetString(2)),
            ("seen", _seen)
        );
        // The log keeps an hour and always its last entry, so a hole at its beginning shows.
        if (changes.Count > 0 && changes[0].Seq > _seen + 1 && OldestIn(connection) > _seen + 1)
        {
            changes.Insert(0, new Change(changes[0].Seq, Change.Everything, ""));
        }

        return changes;
    }

    private static long OldestIn(DbConnection connection) =>
        connection.QueryOne("SELECT COALESCE(MIN(seq), 0) FROM change", row => row.GetInt64(0));

    private async Task AcknowledgeAsync()
    {
        var due = _time.GetElapsedTime(_acknowledgedAt) > ReaderLivesFor / 3;
        if (_acknowledged == _seen && !due)
        {
            return;
        }

        var seen = _seen;
        await _database.WriteAsync(connection =>
        {
            // A revoke waits for these words of every node, and they need not outlive a crash: what
            // is lost is said again.
            connection.Execute("SET LOCAL synchronous_commit TO OFF");
            var now = _database.Now(connection);
            connection.Execute(
                "DELETE FROM change WHERE at < @before AND seq < (SELECT MAX(seq) FROM change)",
                ("before", now - (long)KeepFor.TotalMilliseconds)
            );
            return connection.Execute(
                """
                INSERT INTO change_reader(node, seen, at) VALUES(@node, @seen, @at)
                ON CONFLICT(node) DO UPDATE SET seen = excluded.seen, at = excluded.at
                """,
                ("node", _node),
                ("seen", seen),
                ("at", now)
            );
        });
        (_acknowledged, _acknowledgedAt) = (seen, _time.GetTimestamp());
    }

    private async Task<bool> AskOthersAsync(long seq, CancellationToken ct)
    {
        try
        {
            return await OthersHaveSeenAsync(seq, ct);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException || IsOutside(exception))
        {
            // Nobody has said so, and the change itself is committed: the window decides.
            return false;
        }
    }

    private async Task<bool> OthersHaveSeenAsync(long seq, CancellationToken ct)
    {
        if (_database.Kind is StoreKind.Sqlite)
        {
            return true;
        }

        await using var connection = await _database.OpenAsync(ct);
        return connection.QueryOne(
                """
                SELECT COUNT(*) FROM change_reader
                 WHERE node <> @node AND seen < @seq AND at > @alive
                """,
                row => row.GetInt64(0),
                ("node", _node),
                ("seq", seq),
                ("alive", _database.Now(connection) - (long)ReaderLivesFor.TotalMilliseconds)
            ) == 0;
    }

    private async Task PollLoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(PollInterval, _stop.Token);
                await PollAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (IsOutside(exception))
            {
                // The store is away. SinceLastPoll grows, which is what makes callers ask it.
            }
        }
    }

    private async Task ListenLoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _database.ListenAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (IsOutside(exception))
            {
                await Task.WhenAny(Task.Delay(PollInterval, _time, _stop.Token));
            }
        }
    }

    private static bool IsOutside(Exception exception) =>
        exception is DbException or StoreUnavailableException or IOException or TimeoutException
        && exception is not InvariantBrokenException;

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already woken.
        }
        catch (ObjectDisposedException)
        {
            // Closing.
        }
    }
}
