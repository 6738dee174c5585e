using System.Data.Common;

namespace Arda.Gateway.Storage;

public enum StoreKind
{
    Sqlite,
    Postgres,
}

/// <summary>Where the gateway keeps its rows. PostgreSQL wins when both are set.</summary>
public sealed record StorageOptions
{
    /// <summary>The directory of the embedded store; one process at a time owns it.</summary>
    public string? DataDirectory { get; init; }

    public string? PostgresConnectionString { get; init; }
}

/// <summary>
/// One change of the tables. <paramref name="Id"/> names it for ever ("keys-0001"). The text must
/// suit both stores; where a dialect leaves no choice (triggers), <paramref name="Postgres"/>
/// replaces it there.
/// </summary>
public sealed record Migration(string Id, string Sql, string? Postgres = null);

/// <summary>
/// The store does not answer, or answered in a way that leaves the outcome open. Nothing was
/// decided about the caller's wish: say "try again", never "no".
/// </summary>
public sealed class StoreUnavailableException(string message, bool outcomeUnknown, Exception? inner)
    : Exception(message, inner)
{
    /// <summary>The commit was sent and not answered: the write may be there or not.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}

/// <summary>The store behind every room: embedded SQLite, or PostgreSQL shared by many nodes.</summary>
public abstract class Database : IAsyncDisposable
{
    /// <summary>Opens and, for the embedded store, locks the data directory.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process owns the directory.</exception>
    public static Database Open(StorageOptions options, TimeProvider time) =>
        options switch
        {
            { PostgresConnectionString: { Length: > 0 } text } => new PostgresDatabase(text, time),
            { DataDirectory: { Length: > 0 } path } => new SqliteDatabase(path, time),
            _ => throw new ArgumentException(
                "Name a data directory or a PostgreSQL connection string.",
                nameof(options)
            ),
        };

    public abstract StoreKind Kind { get; }

    /// <summary>
    /// Called when a change of the log was committed, so that this node's feed need not wait for
    /// its next poll. On PostgreSQL the announcement comes from every node.
    /// </summary>
    internal Action? ChangesAnnounced { get; set; }

    /// <summary>A connection for reads; disposing it returns it to the pool.</summary>
    public abstract ValueTask<DbConnection> OpenAsync(CancellationToken ct);

    /// <summary>
    /// Runs <paramref name="work"/> in one write transaction and completes after its durable
    /// commit. It may run again after a failed commit, so it has no effects beyond its connection.
    /// Takes no cancellation: money never follows the client's.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store is down or the outcome is open.</exception>
    public abstract Task<T> WriteAsync<T>(Func<DbConnection, T> work);

    /// <summary>
    /// The store's own clock, unix milliseconds. Deadlines that nodes share are compared with this
    /// clock alone, never between the clocks of two machines.
    /// </summary>
    public abstract long Now(DbConnection connection);

    /// <summary>Announces changes for as long as it runs; on the embedded store it just waits.</summary>
    internal abstract Task ListenAsync(CancellationToken ct);

    /// <summary>Applies what is missing, in order; safe when two nodes start at once.</summary>
    public async Task MigrateAsync(IEnumerable<Migration> migrations, CancellationToken ct)
    {
        await PrepareAsync(ct);
        foreach (var migration in migrations)
        {
            ct.ThrowIfCancellationRequested();
            await WriteAsync(connection => Apply(connection, migration));
        }
    }

    public abstract ValueTask DisposeAsync();

    protected virtual Task PrepareAsync(CancellationToken ct) => Task.CompletedTask;

    protected void AnnounceChanges() => ChangesAnnounced?.Invoke();

    /// <summary>Keeps two starting nodes from creating the same table at once.</summary>
    protected abstract void LockMigrations(DbConnection connection);

    private bool Apply(DbConnection connection, Migration migration)
    {
        LockMigrations(connection);
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS migration(id TEXT PRIMARY KEY, applied BIGINT NOT NULL)"
        );
        var isNew =
            connection.Execute(
                """
                INSERT INTO migration(id, applied) VALUES(@id, @applied)
                ON CONFLICT(id) DO NOTHING
                """,
                ("id", migration.Id),
                ("applied", Now(connection))
            ) == 1;
        if (isNew)
        {
            var text = Kind is StoreKind.Postgres ? migration.Postgres : null;
            connection.ExecuteScript(text ?? migration.Sql);
        }

        return isNew;
    }
}
