using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Arda.Gateway.Http.Logs;

/// <summary>Both formats of the console. Whatever they write has passed <see cref="Redaction"/>:
/// by its shape, and by the name of the field that it was logged under.</summary>
public abstract class RedactedFormatter(string name) : ConsoleFormatter(name)
{
    private const int SecretCharsMin = 4;

    public sealed override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.State is IEnumerable<KeyValuePair<string, object?>> fields)
        {
            message = WithoutSecretFields(message, fields);
        }

        textWriter.Write(Format(logEntry, message, scopeProvider));
        textWriter.Write('\n');
    }

    private static string WithoutSecretFields(
        string message,
        IEnumerable<KeyValuePair<string, object?>> fields
    )
    {
        foreach (var (name, value) in fields)
        {
            if (Redaction.IsSecretName(name) && Text(value) is { Length: >= SecretCharsMin } secret)
            {
                message = message.Replace(secret, Redaction.Mark, StringComparison.Ordinal);
            }
        }

        return message;
    }

    /// <summary>Answers a line in which every secret is redacted.</summary>
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

    // Relaxed: log lines are read by people too, and never stand in HTML.
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
            // Each text by itself and before it is escaped: an escape may hide where a secret
            // begins, and a redaction must not take away a closing quote.
            json.WriteString("message", Redaction.Apply(message));
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
                json.WriteString("exception", Redaction.Apply(exception.ToString()));
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
                case var _ when Redaction.IsSecretName(name):
                    json.WriteString(field, Redaction.Mark);
                    break;
                default:
                    json.WriteString(field, Redaction.Apply(Text(value)));
                    break;
            }
        }
    }

    private static string SnakeCase(string name) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

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

        return Redaction.Apply(line.ToString());
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
