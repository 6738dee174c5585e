using System.Data.Common;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>
/// The tables and the real SQL over them, without a thread or a clock of their own. An empty one is
/// a copy of a template, so that a seed costs no schema.
/// </summary>
internal sealed class SimulatedStore : Database
{
    private readonly DbConnection _connection;
    private readonly SqliteConnection? _template;
    private readonly SqliteConnection? _standby;

    public SimulatedStore()
    {
        var memory = new SqliteStoreConnection("Data Source=:memory:");
        memory.Open();
        _connection = memory;
        _template = new SqliteConnection("Data Source=:memory:");
        _template.Open();
        foreach (
            var migration in (Migration[])[.. ChangeLog.Migrations, .. LedgerSchema.Migrations]
        )
        {
            _template.ExecuteScript(migration.Sql);
        }

        _standby = new SqliteConnection("Data Source=:memory:");
        _standby.Open();
    }

    /// <summary>An empty PostgreSQL database with the tables.</summary>
    public SimulatedStore(NpgsqlConnection connection) => _connection = connection;

    public long NowMs { get; set; }

    public override StoreKind Kind => _template is null ? StoreKind.Postgres : StoreKind.Sqlite;

    public DbConnection Connection => _connection;

    public void Clear() => _template?.BackupDatabase((SqliteConnection)_connection);

    /// <summary>From here on the standby no longer hears of commits.</summary>
    public void LetStandbyLag() => ((SqliteConnection)_connection).BackupDatabase(_standby!);

    /// <summary>The standby takes over; what it had not heard of never was.</summary>
    public void FailOver() => _standby!.BackupDatabase((SqliteConnection)_connection);

    public T Write<T>(Func<DbConnection, T> work)
    {
        _connection.Execute(Kind is StoreKind.Sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
        T result;
        try
        {
            result = work(_connection);
        }
        catch
        {
            _connection.Execute("ROLLBACK");
            throw;
        }

        _connection.Execute("COMMIT");
        return result;
    }

    public override ValueTask<DbConnection> OpenAsync(CancellationToken ct) => new(_connection);

    public override Task<T> WriteAsync<T>(Func<DbConnection, T> work) =>
        Task.FromResult(Write(work));

    public override long Now(DbConnection connection) => NowMs;

    public override ValueTask DisposeAsync()
    {
        (_connection as SqliteStoreConnection)?.CloseForGood();
        _template?.Dispose();
        _standby?.Dispose();
        return ValueTask.CompletedTask;
    }

    internal override Task ListenAsync(CancellationToken ct) => Task.CompletedTask;

    protected override void LockMigrations(DbConnection connection) { }
}
