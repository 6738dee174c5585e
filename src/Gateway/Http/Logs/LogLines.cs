using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Arda.Gateway.Http.Logs;

/// <summary>Both formats of the console; what they write passes <see cref="Redaction"/> last.</summary>
public abstract class RedactedFormatter(string name) : ConsoleFormatter(name)
{
    public sealed override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var line = Format(logEntry, message, scopeProvider);
        string safe;
        try
        {
            safe = Redaction.Apply(line);
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            // What cannot be checked is not shown.
            safe = $"A log line of {logEntry.Category} could not be checked for secrets.";
        }

        textWriter.Write(safe);
        textWriter.Write('\n');
    }

    private protected abstract string Format<TState>(
        in LogEntry<TState> entry,
        string message,
        IExternalScopeProvider? scopes
    );

    private protected static string Text(object? value) =>
        value switch
        {
            null => "",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
}

/// <summary>One JSON object per line, for machines that collect logs.</summary>
public sealed class JsonLines(TimeProvider time) : RedactedFormatter(FormatterName)
{
    public const string FormatterName = "arda-json";

    // Relaxed, so that no character inside a secret is escaped and hidden from the redaction.
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private protected override string Format<TState>(
        in LogEntry<TState> entry,
        string message,
        IExternalScopeProvider? scopes
    )
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("level", Level(entry.LogLevel));
            json.WriteString("logger", entry.Category);
            json.WriteString("message", message);
            if (entry.EventId.Id is not 0)
            {
                json.WriteNumber("event", entry.EventId.Id);
            }

            var seen = new HashSet<string>(StringComparer.Ordinal);
            if (entry.State is IEnumerable<KeyValuePair<string, object?>> state)
            {
                WriteFields(json, state, seen);
            }

            scopes?.ForEachScope(
                (scope, _) =>
                {
                    if (scope is IEnumerable<KeyValuePair<string, object?>> fields)
                    {
                        WriteFields(json, fields, seen);
                    }
                },
                0
            );
            if (entry.Exception is { } exception)
            {
                json.WriteString("exception", exception.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void WriteFields(
        Utf8JsonWriter json,
        IEnumerable<KeyValuePair<string, object?>> fields,
        HashSet<string> seen
    )
    {
        foreach (var (name, value) in fields)
        {
            var field = SnakeCase(name);
            if (name is "{OriginalFormat}" || value is null || !seen.Add(field))
            {
                continue;
            }

            switch (value)
            {
                case int or long or short or byte:
                    json.WriteNumber(field, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case bool flag:
                    json.WriteBoolean(field, flag);
                    break;
                default:
                    json.WriteString(field, Text(value));
                    break;
            }
        }
    }

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static string Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            _ => "fatal",
        };
}

/// <summary>One line for people: time, level, what happened, and the request it belongs to.</summary>
public sealed class TextLines(TimeProvider time) : RedactedFormatter(FormatterName)
{
    public const string FormatterName = "arda-text";

    private protected override string Format<TState>(
        in LogEntry<TState> entry,
        string message,
        IExternalScopeProvider? scopes
    )
    {
        var line = new StringBuilder(128);
        line.Append(time.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture))
            .Append(' ')
            .Append(Level(entry.LogLevel))
            .Append(' ')
            .Append(message);
        scopes?.ForEachScope(
            static (scope, line) =>
            {
                // The hosting scopes repeat what every line says; the request's own is short.
                if (scope is RequestFacts facts && !Holds(line, facts.RequestId))
                {
                    line.Append(" [").Append(facts.RequestId).Append(']');
                }
            },
            line
        );
        if (entry.LogLevel >= LogLevel.Warning)
        {
            line.Append(" (").Append(entry.Category).Append(')');
        }

        if (entry.Exception is { } exception)
        {
            line.Append('\n').Append(exception);
        }

        return line.ToString();
    }

    private static bool Holds(StringBuilder line, string text) =>
        line.ToString().Contains(text, StringComparison.Ordinal);

    private static string Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "WARN ",
            LogLevel.Error => "ERROR",
            _ => "FATAL",
        };
}
