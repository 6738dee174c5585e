using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Arda.Gateway.Storage;

/// <summary>
/// The few calls that rooms need to run their SQL. Statements are prepared once for each
/// connection and reused; booleans are stored as 0 and 1 in BIGINT columns.
/// </summary>
public static class Sql
{
    // By table: each has one list of columns, and the text of a wide insert is worth keeping.
    private static readonly ConcurrentDictionary<
        string,
        (string OfSqlite, string OfPostgres)
    > s_inserts = new(StringComparer.Ordinal);

    /// <summary>Rows changed.</summary>
    public static int Execute(
        this DbConnection connection,
        string sql,
        params ReadOnlySpan<(string Name, object? Value)> parameters
    )
    {
        if (connection is SqliteStoreConnection embedded)
        {
            return embedded.Write(sql).Run(parameters);
        }

        using var lent = Lend(connection, sql, parameters);
        return lent.Command.ExecuteNonQuery();
    }

    /// <summary>All rows, read before this returns.</summary>
    public static List<T> Query<T>(
        this DbConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> parameters
    )
    {
        using var lent = Lend(connection, sql, parameters);
        using var reader = lent.Command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>The first row, or the default of <typeparamref name="T"/> where there is none.</summary>
    public static T? QueryOne<T>(
        this DbConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> parameters
    )
    {
        using var lent = Lend(connection, sql, parameters);
        using var reader = lent.Command.ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    /// <summary>
    /// The same statement for many rows in one go: a loop on SQLite, one round trip on PostgreSQL.
    /// Each row holds the values of <paramref name="names"/> in order.
    /// </summary>
    /// <returns>For each row, how many table rows it changed.</returns>
    public static int[] ExecuteMany(
        this DbConnection connection,
        string sql,
        IReadOnlyList<string> names,
        IReadOnlyList<object?[]> rows
    )
    {
        if (connection is NpgsqlConnection postgres)
        {
            return ExecuteBatch(postgres, sql, names, rows);
        }

        var affected = new int[rows.Count];
        if (rows.Count == 0)
        {
            return affected;
        }

        var statement = (connection as SqliteStoreConnection)?.Write(sql);
        for (var i = 0; i < affected.Length; i++)
        {
            affected[i] =
                statement?.Run(names, rows[i])
                ?? connection.Execute(sql, [.. names.Zip(rows[i], (name, value) => (name, value))]);
        }

        return affected;
    }

    /// <summary>
    /// Inserts rows that are not there yet: a loop on SQLite, one statement over arrays on
    /// PostgreSQL, where it costs a third of as many statements. Columns are TEXT or BIGINT.
    /// </summary>
    /// <returns>How many were new.</returns>
    public static int InsertMissing(
        this DbConnection connection,
        string table,
        IReadOnlyList<string> columns,
        IReadOnlyList<object?[]> rows
    )
    {
        var (ofSqlite, ofPostgres) = s_inserts.GetOrAdd(table, MissingInsertOf, columns);
        if (connection is not NpgsqlConnection)
        {
            return connection.ExecuteMany(ofSqlite, columns, rows).Sum();
        }

        var parameters = new (string Name, object? Value)[columns.Count];
        for (var i = 0; i < parameters.Length; i++)
        {
            parameters[i] = (columns[i], ColumnOf(rows, i));
        }

        return rows.Count == 0 ? 0 : connection.Execute(ofPostgres, parameters);
    }

    /// <summary>Several statements without parameters, not kept prepared.</summary>
    public static void ExecuteScript(this DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// What ends a SELECT whose rows this transaction will change. SQLite has one writer, so its
    /// rows are locked already.
    /// </summary>
    public static string ForUpdate(this DbConnection connection) =>
        connection is NpgsqlConnection ? " FOR UPDATE" : "";

    /// <summary>
    /// Held until the transaction ends. Where <paramref name="shared"/>, other shared holders may
    /// enter too. SQLite has one writer and needs no lock.
    /// </summary>
    public static void LockNamed(this DbConnection connection, string name, bool shared)
    {
        if (connection is NpgsqlConnection)
        {
            var function = shared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
            connection.Execute($"SELECT {function}(hashtext(@name))", ("name", "arda:" + name));
        }
    }

    /// <summary>
    /// The row broke a promise of the table (CHECK, UNIQUE, NOT NULL, an append-only trigger), so
    /// trying again cannot help.
    /// </summary>
    public static bool IsConstraintViolation(Exception exception) =>
        exception switch
        {
            SqliteException { SqliteErrorCode: 19 } => true,
            PostgresException postgres => postgres.SqlState.StartsWith(
                "23",
                StringComparison.Ordinal
            )
                || postgres.SqlState == "22003",
            _ => false,
        };

    public static string? TextOrNull(this DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);

    public static long? LongOrNull(this DbDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);

    private static (string OfSqlite, string OfPostgres) MissingInsertOf(
        string table,
        IReadOnlyList<string> columns
    )
    {
        var names = string.Join(", ", columns);
        var values = string.Join(", ", columns.Select(column => "@" + column));
        return (
            $"INSERT INTO {table}({names}) VALUES({values}) ON CONFLICT DO NOTHING",
            $"INSERT INTO {table}({names}) SELECT * FROM unnest({values}) ON CONFLICT DO NOTHING"
        );
    }

    private static Array ColumnOf(IReadOnlyList<object?[]> rows, int column) =>
        rows.Any(row => row[column] is long or int)
            ? rows.Select(row =>
                    row[column] is { } value
                        ? Convert.ToInt64(value, CultureInfo.InvariantCulture)
                        : (long?)null
                )
                .ToArray()
            : rows.Select(row => (string?)row[column]).ToArray();

    private static int[] ExecuteBatch(
        NpgsqlConnection connection,
        string sql,
        IReadOnlyList<string> names,
        IReadOnlyList<object?[]> rows
    )
    {
        var affected = new int[rows.Count];
        if (rows.Count == 0)
        {
            return affected;
        }

        using var batch = new NpgsqlBatch(connection);
        foreach (var row in rows)
        {
            var command = new NpgsqlBatchCommand(sql);
            for (var i = 0; i < names.Count; i++)
            {
                command.Parameters.Add(new NpgsqlParameter(names[i], ToStore(row[i])));
            }

            batch.BatchCommands.Add(command);
        }

        batch.ExecuteNonQuery();
        for (var i = 0; i < affected.Length; i++)
        {
            affected[i] = (int)batch.BatchCommands[i].RecordsAffected;
        }

        return affected;
    }

    private static Lent Lend(
        DbConnection connection,
        string sql,
        ReadOnlySpan<(string Name, object? Value)> parameters
    )
    {
        var owner = connection as SqliteStoreConnection;
        var command = owner?.Take(sql) ?? NewCommand(connection, sql);
        if (command.Parameters.Count != parameters.Length)
        {
            command.Parameters.Clear();
            foreach (var (name, _) in parameters)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@" + name;
                command.Parameters.Add(parameter);
            }
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = ToStore(parameters[i].Value);
        }

        return new Lent(owner, sql, command);
    }

    private static DbCommand NewCommand(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private static object ToStore(object? value) =>
        value switch
        {
            null => DBNull.Value,
            bool flag => flag ? 1L : 0L,
            int number => (long)number,
            _ => value,
        };

    /// <summary>A command for one use: kept with its connection where that keeps statements.</summary>
    private readonly ref struct Lent(SqliteStoreConnection? owner, string sql, DbCommand command)
    {
        public DbCommand Command { get; } = command;

        public void Dispose()
        {
            if (owner is null)
            {
                Command.Dispose();
            }
            else
            {
                owner.Keep(sql, Command);
            }
        }
    }
}
