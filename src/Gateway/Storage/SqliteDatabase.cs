using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Arda.Gateway.Storage;

/// <summary>
/// The embedded store: one file in WAL mode, every commit synced (FULL), one writer thread. Reads
/// have connections of their own and never wait for the writer.
/// </summary>
internal sealed class SqliteDatabase : Database
{
    private const string FileName = "gateway.db";

    private readonly DataDirectory _directory;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly ConcurrentBag<SqliteStoreConnection> _readers = [];
    private readonly SqliteWriter _writer;
    private readonly SqliteCheckpoints _checkpoints;

    public SqliteDatabase(string path, TimeProvider time)
    {
        _time = time;
        _directory = DataDirectory.Lock(path);
        var file = Path.Combine(_directory.Path, FileName);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString();
        try
        {
            var connection = Connect(pool: null);
            _writer = new SqliteWriter(connection, AnnounceChanges);
            _checkpoints = new SqliteCheckpoints(Connect(pool: null), file, _writer, time);
        }
        catch
        {
            _directory.Dispose();
            throw;
        }
    }

    public override StoreKind Kind => StoreKind.Sqlite;

    public override ValueTask<DbConnection> OpenAsync(CancellationToken ct)
    {
        if (_readers.TryTake(out var pooled))
        {
            return new(pooled);
        }

        var connection = Connect(_readers);
        connection.ExecuteScript("PRAGMA query_only=1");
        return new(connection);
    }

    public override Task<T> WriteAsync<T>(Func<DbConnection, T> work) => _writer.Enqueue(work);

    public override long Now(DbConnection connection) => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public override async ValueTask DisposeAsync()
    {
        await _checkpoints.DisposeAsync();
        await _writer.DisposeAsync();
        while (_readers.TryTake(out var connection))
        {
            connection.CloseForGood();
        }

        _directory.Dispose();
    }

    // Every write of the embedded store is made by this process, which announces it itself.
    internal override Task ListenAsync(CancellationToken ct) =>
        Task.Delay(Timeout.InfiniteTimeSpan, _time, ct);

    // One writer thread: nobody else can be migrating.
    protected override void LockMigrations(DbConnection connection) { }

    private SqliteStoreConnection Connect(ConcurrentBag<SqliteStoreConnection>? pool)
    {
        var connection = new SqliteStoreConnection(_connectionString, pool);
        connection.Open();
        connection.ExecuteScript(
            """
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=FULL;
            PRAGMA fullfsync=1;
            PRAGMA busy_timeout=5000;
            PRAGMA wal_autocheckpoint=0;
            PRAGMA cache_size=-16384;
            PRAGMA temp_store=MEMORY;
            """
        );
        return connection;
    }
}
