using System.Text;

namespace Arda.Gateway.Http.Telemetry;

internal enum PrometheusKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>
/// OpenTelemetry's rules for names in Prometheus: other characters become an underscore, the unit
/// is spelled out and appended, units in braces are dropped, counters end in _total.
/// </summary>
internal static class PrometheusNames
{
    public static string OfMetric(string name, string? unit, PrometheusKind kind)
    {
        var words = Cleaned(name, mayHoldColon: true);
        if (SuffixOf(unit, kind) is { Length: > 0 } suffix)
        {
            words = EndsWith(words, suffix) ? words : $"{words}_{suffix}";
        }

        return kind is PrometheusKind.Counter && !EndsWith(words, "total")
            ? words + "_total"
            : words;
    }

    public static string OfLabel(string name) => Cleaned(name, mayHoldColon: false);

    /// <summary>Label values: backslash, quote and line feed are escaped.</summary>
    public static void AppendValue(StringBuilder to, string value)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => to.Append(@"\\"),
                '"' => to.Append("\\\""),
                '\n' => to.Append(@"\n"),
                _ => to.Append(c),
            };
        }
    }

    /// <summary>Help texts: backslash and line feed are escaped, quotes are not.</summary>
    public static string Help(string? text) =>
        (text ?? "")
            .Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal);

    private static bool EndsWith(string words, string suffix) =>
        words == suffix || words.EndsWith("_" + suffix, StringComparison.Ordinal);

    private static string Cleaned(string name, bool mayHoldColon)
    {
        var cleaned = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || (mayHoldColon && c == ':'))
            {
                cleaned.Append(c);
            }
            else if (cleaned is not [.., '_'])
            {
                cleaned.Append('_');
            }
        }

        return cleaned.Length is 0 || char.IsAsciiDigit(cleaned[0])
            ? "_" + cleaned
            : cleaned.ToString();
    }

    private static string SuffixOf(string? unit, PrometheusKind kind)
    {
        if (string.IsNullOrEmpty(unit) || (unit[0] == '{' && unit[^1] == '}'))
        {
            return "";
        }

        if (unit == "1")
        {
            return kind is PrometheusKind.Gauge ? "ratio" : "";
        }

        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return Spelled(unit);
        }

        var (above, below) = (unit[..slash], unit[(slash + 1)..]);
        var numerator = above is "" or ['{', ..] ? "" : Spelled(above) + "_";
        return below is ['{', ..] ? numerator.TrimEnd('_') : $"{numerator}per_{Singular(below)}";
    }

    private static string Singular(string unit) =>
        unit switch
        {
            "s" => "second",
            "m" => "minute",
            "h" => "hour",
            "d" => "day",
            _ => Spelled(unit),
        };

    private static string Spelled(string unit) =>
        unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            "ns" => "nanoseconds",
            "min" => "minutes",
            "h" => "hours",
            "d" => "days",
            "By" => "bytes",
            "KiBy" => "kibibytes",
            "MiBy" => "mebibytes",
            "GiBy" => "gibibytes",
            "KBy" => "kilobytes",
            "MBy" => "megabytes",
            "GBy" => "gigabytes",
            "%" => "percent",
            "Cel" => "celsius",
            _ => Cleaned(unit, mayHoldColon: false),
        };
}
