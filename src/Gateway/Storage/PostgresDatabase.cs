using System.Data;
using System.Data.Common;
using Npgsql;

namespace Arda.Gateway.Storage;

/// <summary>The shared store of many nodes. Each write is one READ COMMITTED transaction.</summary>
internal sealed class PostgresDatabase : Database
{
    internal const string Channel = "arda_change";

    private const int AttemptsMax = 5;
    private const int WritersMax = 16;
    private static readonly string[] ByteOrders = ["C", "POSIX", "C.UTF-8", "C.utf8"];

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;
    private readonly WriterThreads _writers = new(WritersMax);

    public PostgresDatabase(string connectionString, TimeProvider time)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        SetDefault(builder, "Timeout", () => builder.Timeout = 3);
        SetDefault(builder, "Command Timeout", () => builder.CommandTimeout = 10);
        SetDefault(builder, "Maximum Pool Size", () => builder.MaxPoolSize = 48);
        builder.MaxAutoPrepare = 100;
        builder.AutoPrepareMinUsages = 2;
        _source = NpgsqlDataSource.Create(builder);
        _time = time;
    }

    public override StoreKind Kind => StoreKind.Postgres;

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken ct)
    {
        try
        {
            return await _source.OpenConnectionAsync(ct);
        }
        catch (NpgsqlException exception)
        {
            throw Unavailable(exception, unknown: false);
        }
    }

    public override Task<T> WriteAsync<T>(Func<DbConnection, T> work) =>
        _writers.Enqueue(() => WriteWithRetries(work));

    public override long Now(DbConnection connection) =>
        _time == TimeProvider.System
            ? connection.QueryOne(
                "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
                row => row.GetInt64(0)
            )
            : _time.GetUtcNow().ToUnixTimeMilliseconds();

    public override async ValueTask DisposeAsync()
    {
        _writers.Dispose();
        await _source.DisposeAsync();
    }

    internal override async Task ListenAsync(CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        connection.Notification += (_, _) => AnnounceChanges();
        await using (var listen = new NpgsqlCommand("LISTEN " + Channel, connection))
        {
            await listen.ExecuteNonQueryAsync(ct);
        }

        while (!ct.IsCancellationRequested)
        {
            await connection.WaitAsync(ct);
        }
    }

    protected override async Task PrepareAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        var collation = connection.QueryOne(
            "SELECT datcollate FROM pg_database WHERE datname = current_database()",
            row => row.GetString(0)
        );
        if (!ByteOrders.Contains(collation, StringComparer.Ordinal))
        {
            throw new InvalidOperationException(
                $"The PostgreSQL database sorts text by '{collation}', but ids must sort by their "
                    + "bytes. Create it with: CREATE DATABASE name TEMPLATE template0 "
                    + "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'."
            );
        }
    }

    protected override void LockMigrations(DbConnection connection) =>
        connection.LockNamed("migrations", shared: false);

    private T WriteWithRetries<T>(Func<DbConnection, T> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return WriteOnce(work);
            }
            catch (Exception exception) when (IsRolledBack(exception) && attempt < AttemptsMax)
            {
                // Nothing was committed: deadlocks and serialisation failures end in a rollback.
            }
            catch (NpgsqlException exception) when (IsConnectionLoss(exception))
            {
                // Lost before the commit was sent: the server rolls back what it had.
                if (attempt >= 2)
                {
                    throw Unavailable(exception, unknown: false);
                }
            }
        }
    }

    private T WriteOnce<T>(Func<DbConnection, T> work)
    {
        using var connection = _source.OpenConnection();
        using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        var result = work(connection);
        try
        {
            transaction.Commit();
        }
        catch (NpgsqlException exception) when (IsConnectionLoss(exception))
        {
            throw Unavailable(exception, unknown: true);
        }

        return result;
    }

    private static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { SqlState: "40001" or "40P01" };

    private static bool IsConnectionLoss(NpgsqlException exception) =>
        exception is not PostgresException
        || ((PostgresException)exception).SqlState is "57P01" or "57P02" or "57P03" or "53300";

    private static StoreUnavailableException Unavailable(NpgsqlException inner, bool unknown) =>
        new("PostgreSQL does not answer: " + inner.Message, unknown, inner);

    private static void SetDefault(
        NpgsqlConnectionStringBuilder builder,
        string keyword,
        Action set
    )
    {
        if (!builder.ContainsKey(keyword))
        {
            set();
        }
    }
}
