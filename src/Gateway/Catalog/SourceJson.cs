using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>A JSON value that knows its file, line and path, so that a mistake can be shown.</summary>
internal sealed record SourceValue
{
    public required string File { get; init; }

    public required int Line { get; init; }

    public required string Path { get; init; }

    public required JsonValueKind Kind { get; init; }

    /// <summary>A string's value or a number's own digits; empty otherwise.</summary>
    public string Text { get; init; } = "";

    public IReadOnlyList<SourceValue> Items { get; init; } = [];

    /// <summary>In the file's order.</summary>
    public IReadOnlyList<KeyValuePair<string, SourceValue>> Members { get; init; } = [];

    public SourceValue? Member(string name)
    {
        foreach (var (key, value) in Members)
        {
            if (key == name)
            {
                return value;
            }
        }
        return null;
    }

    /// <summary>What it is, in words for an error message.</summary>
    public string Described =>
        Kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => $"the text \"{Text}\"",
            JsonValueKind.Number => $"the number {Text}",
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => "null",
        };
}

/// <summary>Reads JSON with comments and trailing commas, as .NET configuration does.</summary>
internal static class SourceJson
{
    /// <exception cref="CatalogException">Not JSON, or a name twice in one object.</exception>
    public static SourceValue Parse(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }
        var reader = new Utf8JsonReader(
            utf8,
            new JsonReaderOptions
            {
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
                MaxDepth = 32,
            }
        );
        var problems = new List<CatalogProblem>();
        try
        {
            reader.Read();
            var lines = new LineCounter(utf8);
            var value = ReadValue(ref reader, ref lines, file, "$", problems);
            reader.Read();
            return problems.Count == 0 ? value : throw new CatalogException(problems);
        }
        catch (JsonException broken)
        {
            var line = (int)(broken.LineNumber ?? 0) + 1;
            var fix = "correct the JSON there; look for a missing quote, comma or bracket";
            var why = broken.Message.Split(" LineNumber:", 2)[0];
            throw new CatalogException([new(file, line, "$", $"this is not JSON: {why}", fix)]);
        }
    }

    private static SourceValue ReadValue(
        ref Utf8JsonReader reader,
        ref LineCounter lines,
        string file,
        string path,
        List<CatalogProblem> problems
    )
    {
        var value = new SourceValue
        {
            File = file,
            Line = lines.LineAt(reader.TokenStartIndex),
            Path = path,
            Kind = KindOf(reader.TokenType),
        };
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new List<KeyValuePair<string, SourceValue>>();
                var names = new HashSet<string>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    var at = ReadValue(ref reader, ref lines, file, $"{path}.{name}", problems);
                    members.Add(new(name, at));
                    if (!names.Add(name))
                    {
                        problems.Add(
                            CatalogProblem.At(
                                at,
                                $"\"{name}\" stands twice here",
                                "keep one of them"
                            )
                        );
                    }
                }
                return value with { Members = members };
            case JsonTokenType.StartArray:
                var items = new List<SourceValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    var at = $"{path}[{items.Count}]";
                    items.Add(ReadValue(ref reader, ref lines, file, at, problems));
                }
                return value with { Items = items };
            case JsonTokenType.String:
                return value with { Text = reader.GetString()! };
            case JsonTokenType.Number:
                return value with { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
            default:
                return value;
        }
    }

    private static JsonValueKind KindOf(JsonTokenType token) =>
        token switch
        {
            JsonTokenType.StartObject => JsonValueKind.Object,
            JsonTokenType.StartArray => JsonValueKind.Array,
            JsonTokenType.String => JsonValueKind.String,
            JsonTokenType.Number => JsonValueKind.Number,
            JsonTokenType.True => JsonValueKind.True,
            JsonTokenType.False => JsonValueKind.False,
            _ => JsonValueKind.Null,
        };

    /// <summary>Counts lines as the reader moves on, so that a file is walked once.</summary>
    private ref struct LineCounter(ReadOnlySpan<byte> utf8)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private int _seen;
        private int _line = 1;

        public int LineAt(long offset)
        {
            _line += _utf8[_seen..(int)offset].Count((byte)'\n');
            _seen = (int)offset;
            return _line;
        }
    }
}
