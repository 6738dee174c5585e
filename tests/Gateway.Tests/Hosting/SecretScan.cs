using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Arda.Gateway.Http.Logs;
using Arda.Gateway.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>
/// Searches all that a gateway of the tests has logged, traced or stored for secrets in clear (cases
/// LG01 and LG02). What is logged is read as the console would have shown it: through the sink's own
/// formatter. Secrets without a shape of their own are told with <see cref="Watch"/>.
/// </summary>
public sealed partial class SecretScan : ILoggerProvider
{
    private const int KeptMax = 10_000;

    private readonly ConcurrentDictionary<string, string> _watched = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _leaks = new();
    private readonly ConcurrentQueue<(string Place, string Text)> _kept = new();
    private readonly JsonLines _lines = new(TimeProvider.System);

    private int _keptCount;

    public ILogger CreateLogger(string categoryName) => new Sink(this, categoryName);

    /// <summary>A code, a verifier, a cookie: it must not be found either.</summary>
    public void Watch(string what, string secret)
    {
        _watched[secret] = what;
        // A test often learns a secret only after it was logged.
        foreach (var (place, text) in _kept)
        {
            if (text.Contains(secret, StringComparison.Ordinal))
            {
                _leaks.Enqueue($"{place} has {what} in clear: {text}");
            }
        }
    }

    public async Task AssertNothingLeakedAsync(Database database)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        foreach (var (table, column) in TextColumns(connection, database.Kind))
        {
            var texts = connection.Query(
                $"SELECT {column} FROM {table} WHERE {column} IS NOT NULL",
                row => row.GetString(0)
            );
            foreach (var text in texts)
            {
                Search($"{table}.{column}", text);
            }
        }

        Assert.True(_leaks.IsEmpty, string.Join(Environment.NewLine, _leaks.Take(10)));
    }

    public void Dispose() { }

    private static List<(string Table, string Column)> TextColumns(
        System.Data.Common.DbConnection connection,
        StoreKind kind
    ) =>
        connection.Query(
            kind is StoreKind.Sqlite
                ? """
                SELECT m.name, '"' || c.name || '"' FROM sqlite_master m
                JOIN pragma_table_info(m.name) c ON c.type = 'TEXT' WHERE m.type = 'table'
                """
                : """
                SELECT table_name::text, '"' || column_name || '"' FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type = 'text'
                """,
            row => (row.GetString(0), row.GetString(1))
        );

    internal void Search(string place, string text)
    {
        if (
            text.Contains("gw_", StringComparison.Ordinal)
            && Shapes().Match(text) is { Success: true } found
        )
        {
            _leaks.Enqueue($"{place} has {found.Value[..10]}… in clear: {text}");
        }

        foreach (var (secret, what) in _watched)
        {
            if (text.Contains(secret, StringComparison.Ordinal))
            {
                _leaks.Enqueue($"{place} has {what} in clear: {text}");
            }
        }

        _kept.Enqueue((place, text));
        if (Interlocked.Increment(ref _keptCount) > KeptMax && _kept.TryDequeue(out _))
        {
            Interlocked.Decrement(ref _keptCount);
        }
    }

    [GeneratedRegex("gw_[a-z]{2}_[0-9A-Za-z]{49}", RegexOptions.None, 1_000)]
    private static partial Regex Shapes();

    private sealed class Sink(SecretScan scan, string category) : ILogger
    {
        private readonly LoggerExternalScopeProvider _scopes = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var entry = new LogEntry<TState>(
                logLevel,
                category,
                eventId,
                state,
                exception,
                formatter
            );
            using var output = new StringWriter(CultureInfo.InvariantCulture);
            scan._lines.Write(in entry, _scopes, output);
            scan.Search("The log", output.ToString());
        }
    }
}
