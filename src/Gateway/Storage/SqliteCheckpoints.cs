using System.Data.Common;

namespace Arda.Gateway.Storage;

/// <summary>
/// Moves the WAL back into the database file away from the commit path. Only when the WAL has grown
/// far, because readers or a steady load kept it from starting over, does the writer stop once for it.
/// </summary>
internal sealed class SqliteCheckpoints : IAsyncDisposable
{
    private const long PassiveBytes = 4L << 20;
    private const long RestartBytes = 256L << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SqliteStoreConnection _connection;
    private readonly string _walFile;
    private readonly SqliteWriter _writer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SqliteCheckpoints(
        SqliteStoreConnection connection,
        string file,
        SqliteWriter writer,
        TimeProvider time
    )
    {
        _connection = connection;
        _walFile = file + "-wal";
        _writer = writer;
        _loop = Task.Run(() => RunAsync(time));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _connection.CloseForGood();
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await CheckpointAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The store is closing; the last connection to close checkpoints by itself.
        }
    }

    private async Task CheckpointAsync()
    {
        try
        {
            var wal = new FileInfo(_walFile);
            if (!wal.Exists || wal.Length < PassiveBytes)
            {
                return;
            }

            _connection.Execute("PRAGMA wal_checkpoint(PASSIVE)");
            if (wal.Length >= RestartBytes)
            {
                await _writer.Enqueue(_ => true);
                _connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
        }
        catch (Exception exception) when (exception is DbException or StoreUnavailableException)
        {
            // A checkpoint is housekeeping: the next tick tries again, and commits go on.
        }
    }
}
