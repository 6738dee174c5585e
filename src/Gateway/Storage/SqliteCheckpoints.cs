using System.Data.Common;

namespace Arda.Gateway.Storage;

/// <summary>
/// Moves the WAL back into the database file away from the commit path. Under a steady load it never
/// starts over by itself: the writer then stops for the little that is left to move, and overwrites
/// a file whose blocks and cached pages are there already. Cut off, so that the disk gets its space
/// back, is only what a long reader made grow far.
/// </summary>
internal sealed class SqliteCheckpoints : IAsyncDisposable
{
    private const long PassiveBytes = 4L << 20;
    private const long RestartFrames = 6_000;
    private const long TruncateBytes = 256L << 20;
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

            // What is in use of it: the file itself never becomes shorter.
            var (frames, moved) = _connection.QueryOne(
                "PRAGMA wal_checkpoint(PASSIVE)",
                row => (row.GetInt64(1), row.GetInt64(2))
            );
            if (wal.Length >= TruncateBytes)
            {
                await _writer.Enqueue(_ => true);
                _connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            else if (frames >= RestartFrames && moved < frames)
            {
                await _writer.Enqueue(_ => true);
                _connection.Execute("PRAGMA wal_checkpoint(RESTART)");
            }
        }
        catch (Exception exception) when (exception is DbException or StoreUnavailableException)
        {
            // A checkpoint is housekeeping: the next tick tries again, and commits go on.
        }
    }
}
