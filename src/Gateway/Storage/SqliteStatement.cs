using System.Text;
using Arda.Gateway.Kernel;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Arda.Gateway.Storage;

/// <summary>
/// A prepared write, bound by position. A charge has thirty-three values, and by way of ADO.NET's
/// parameters binding them costs more than inserting the row. A value that is the very same object
/// as in the row before is still bound and is left alone.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private const int TextBytesFirst = 512;

    // The connection waits five seconds for another one by itself; ADO.NET's limit was thirty.
    private const int BusyTriesMax = 6;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly object?[] _bound;
    private int[]? _positions;
    private readonly byte[] _text = new byte[TextBytesFirst];

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        var code = raw.sqlite3_prepare_v3(
            database,
            sql,
            raw.SQLITE_PREPARE_PERSISTENT,
            out _statement,
            out var rest
        );
        SqliteException.ThrowExceptionForRC(code, database);
        Invariant.Holds(string.IsNullOrWhiteSpace(rest), "a statement is prepared alone");
        _bound = new object?[raw.sqlite3_bind_parameter_count(_statement)];
    }

    /// <summary>Rows changed. Names are looked up once: every call gives them in the same order.</summary>
    public int Run(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (_positions is null)
        {
            var names = new string[parameters.Length];
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = parameters[i].Name;
            }

            Locate(names);
        }

        Invariant.Holds(parameters.Length == _positions!.Length, "a statement keeps its values");
        for (var i = 0; i < parameters.Length; i++)
        {
            Bind(_positions[i], parameters[i].Value);
        }

        return Step();
    }

    /// <summary>Rows changed by one row of values, in the order of the names.</summary>
    public int Run(IReadOnlyList<string> names, object?[] row)
    {
        if (_positions is null)
        {
            Locate(names);
        }

        Invariant.Holds(row.Length == _positions!.Length, "a statement keeps its values");
        for (var i = 0; i < row.Length; i++)
        {
            Bind(_positions[i], row[i]);
        }

        return Step();
    }

    public void Dispose() => _statement.Dispose();

    private void Locate(IReadOnlyList<string> names)
    {
        _positions =
        [
            .. names.Select(name => raw.sqlite3_bind_parameter_index(_statement, "@" + name)),
        ];
        // What has no value would silently be NULL.
        Invariant.Holds(
            _positions.Where(at => at > 0).Distinct().Count() == _bound.Length,
            "every parameter of a statement has a value"
        );
    }

    private int Step()
    {
        var tries = 0;
        int code;
        do
        {
            code = raw.sqlite3_step(_statement);
            tries++;
        } while (code == raw.SQLITE_ROW || (code == raw.SQLITE_BUSY && tries < BusyTriesMax));

        try
        {
            if (code != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(code, _database);
            }

            return raw.sqlite3_changes(_database);
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    private void Bind(int position, object? value)
    {
        if (position == 0)
        {
            return;
        }

        ref var bound = ref _bound[position - 1];
        if (value is not null && ReferenceEquals(bound, value))
        {
            return;
        }

        bound = null;
        var code = value switch
        {
            null or DBNull => raw.sqlite3_bind_null(_statement, position),
            long number => raw.sqlite3_bind_int64(_statement, position, number),
            string text => BindText(position, text),
            int number => raw.sqlite3_bind_int64(_statement, position, number),
            bool flag => raw.sqlite3_bind_int64(_statement, position, flag ? 1 : 0),
            double real => raw.sqlite3_bind_double(_statement, position, real),
            byte[] bytes => raw.sqlite3_bind_blob(_statement, position, bytes),
            _ => throw new InvariantBrokenException(
                $"a column holds text, a number or bytes, not {value.GetType().Name}"
            ),
        };
        SqliteException.ThrowExceptionForRC(code, _database);
        // Bytes can change in place; what else there is cannot.
        bound = value is byte[] ? null : value;
    }

    private int BindText(int position, string text)
    {
        if (text.Length == 0)
        {
            // An empty span has no address, which SQLite would take for NULL.
            return raw.sqlite3_bind_text(_statement, position, text);
        }

        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = most <= TextBytesFirst ? _text : new byte[most];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        return raw.sqlite3_bind_text(_statement, position, bytes.AsSpan(0, length));
    }
}
