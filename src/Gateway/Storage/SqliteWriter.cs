using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Arda.Gateway.Storage;

/// <summary>
/// The one thread that writes to SQLite. It takes whatever has queued up while the last commit was
/// syncing and commits it together, so the group grows with the load and nobody waits for a timer.
/// Each piece of work has a savepoint of its own: one that fails takes no other with it.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int GroupMax = 1_000;
    private const int SqliteIoError = 10;

    private readonly SqliteStoreConnection _connection;
    private readonly Action _changesCommitted;
    private readonly Thread _thread;
    private readonly Lock _gate = new();

    // Set after the gate is left: whoever is woken inside it would at once wait for it.
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly TaskCompletionSource _ended = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private List<Work> _queue = [];
    private List<Work> _group = [];
    private bool _stopping;
    private Exception? _broken;

    public SqliteWriter(SqliteStoreConnection connection, Action changesCommitted)
    {
        _connection = connection;
        _changesCommitted = changesCommitted;
        _thread = new Thread(Run) { Name = "sqlite-writer", IsBackground = true };
        _thread.Start();
    }

    public Task<T> Enqueue<T>(Func<DbConnection, T> work)
    {
        var item = new Work<T>(work);
        bool isFirst;
        lock (_gate)
        {
            if (_stopping)
            {
                return Task.FromException<T>(
                    new StoreUnavailableException("The store is closing.", false, null)
                );
            }

            _queue.Add(item);
            isFirst = _queue.Count == 1;
        }

        if (isFirst)
        {
            Wake();
        }

        return item.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        Wake();
        await _ended.Task;
        _wake.Dispose();
        _connection.CloseForGood();
    }

    private void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // The writer took the work without being woken, and has ended since.
        }
    }

    private void Run()
    {
        try
        {
            while (TakeGroup())
            {
                CommitGroup();
                _group.Clear();
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private bool TakeGroup()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_queue.Count > 0)
                {
                    TakeQueue();
                    return true;
                }

                if (_stopping)
                {
                    return false;
                }
            }

            _wake.WaitOne();
        }
    }

    private void TakeQueue()
    {
        if (_queue.Count <= GroupMax)
        {
            (_queue, _group) = (_group, _queue);
        }
        else
        {
            _group.AddRange(_queue.GetRange(0, GroupMax));
            _queue.RemoveRange(0, GroupMax);
        }
    }

    private void CommitGroup()
    {
        try
        {
            if (_broken is not null)
            {
                throw _broken;
            }

            _connection.ChangesRecorded = false;
            _connection.Execute("BEGIN IMMEDIATE");
            foreach (var work in _group)
            {
                RunInSavepoint(work);
            }

            _connection.Execute("COMMIT");
        }
        catch (Exception exception) when (exception is DbException or StoreUnavailableException)
        {
            FailGroup(exception);
            return;
        }

        foreach (var work in _group)
        {
            work.Complete();
        }

        if (_connection.ChangesRecorded)
        {
            _changesCommitted();
        }
    }

    private void RunInSavepoint(Work work)
    {
        var nested = _group.Count > 1;
        var announced = _connection.ChangesRecorded;
        if (nested)
        {
            _connection.Execute("SAVEPOINT work");
        }

        work.Run(_connection);
        if (work.Failed && !nested)
        {
            // Alone in its transaction: undo everything and leave an empty one to commit.
            _connection.Execute("ROLLBACK");
            _connection.Execute("BEGIN IMMEDIATE");
        }

        if (work.Failed)
        {
            _connection.ChangesRecorded = announced;
        }

        if (nested)
        {
            if (work.Failed)
            {
                _connection.Execute("ROLLBACK TO work");
            }

            _connection.Execute("RELEASE work");
        }
    }

    private void FailGroup(Exception exception)
    {
        if (exception is SqliteException { SqliteErrorCode: SqliteIoError })
        {
            // After a failed sync the kernel may have dropped the pages: a second sync that
            // succeeds would prove nothing. Only a restart, which replays the WAL, is safe.
            _broken = new StoreUnavailableException(
                "The disk refused a write; restart the gateway once the disk is sound.",
                false,
                exception
            );
        }

        try
        {
            _connection.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has already rolled back by itself, which is what was wanted.
        }

        var failure = new StoreUnavailableException(
            "The store did not commit: " + exception.Message,
            false,
            exception
        );
        foreach (var work in _group)
        {
            work.Fail(failure);
        }
    }

    private abstract class Work
    {
        public abstract bool Failed { get; }

        public abstract void Run(DbConnection connection);

        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    private sealed class Work<T>(Func<DbConnection, T> work) : Work
    {
        private readonly TaskCompletionSource<T> _done = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        private T _result = default!;
        private Exception? _failure;

        public Task<T> Task => _done.Task;

        public override bool Failed => _failure is not null;

        public override void Run(DbConnection connection)
        {
            try
            {
                _result = work(connection);
            }
#pragma warning disable CA1031 // The failure belongs to whoever queued the work, not to the group.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _failure = exception;
            }
        }

        public override void Complete()
        {
            if (_failure is not null)
            {
                _done.TrySetException(_failure);
            }
            else
            {
                _done.TrySetResult(_result);
            }
        }

        public override void Fail(Exception exception) => _done.TrySetException(exception);
    }
}
