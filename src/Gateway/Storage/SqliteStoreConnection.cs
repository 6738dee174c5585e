using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Arda.Gateway.Storage;

/// <summary>
/// A SQLite connection that keeps its prepared statements, because preparing a wide insert costs
/// more than running it. Disposing a pooled one returns it to its pool.
/// </summary>
internal sealed class SqliteStoreConnection(
    string connectionString,
    ConcurrentBag<SqliteStoreConnection>? pool = null
) : SqliteConnection(connectionString)
{
    private const int StatementsMax = 256;

    private readonly Dictionary<string, DbCommand> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteStatement> _writes = new(StringComparer.Ordinal);
    private bool _closing;

    /// <summary>Set by the change log, read by the writer after its commit.</summary>
    public bool ChangesRecorded { get; set; }

    /// <summary>Taken out while it runs, so that a nested call with the same text gets its own.</summary>
    public DbCommand? Take(string sql) => _statements.Remove(sql, out var command) ? command : null;

    public void Keep(string sql, DbCommand command)
    {
        if (_statements.Count >= StatementsMax || !_statements.TryAdd(sql, command))
        {
            command.Dispose();
        }
    }

    /// <summary>A statement that returns no rows, prepared once.</summary>
    public SqliteStatement Write(string sql)
    {
        if (_writes.TryGetValue(sql, out var known))
        {
            return known;
        }

        if (_writes.Count >= StatementsMax)
        {
            ForgetWrites();
        }

        return _writes[sql] = new SqliteStatement(Handle!, sql);
    }

    /// <summary>Really closes it, whether pooled or not.</summary>
    public void CloseForGood()
    {
        _closing = true;
        Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && pool is not null && !_closing)
        {
            pool.Add(this);
            return;
        }

        if (disposing)
        {
            foreach (var command in _statements.Values)
            {
                command.Dispose();
            }

            _statements.Clear();
            ForgetWrites();
        }

        base.Dispose(disposing);
    }

    private void ForgetWrites()
    {
        foreach (var statement in _writes.Values)
        {
            statement.Dispose();
        }

        _writes.Clear();
    }
}
