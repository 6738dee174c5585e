using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Makes a wrong document of a right one: by its structure, as a confused client would, or
/// by its bytes, as a broken line or an attacker would.</summary>
internal static class JsonMutation
{
    private const int NestingDeep = 300;

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1",
        "1.5",
        "1e400",
        "-1e400",
        "1e-400",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "2147483648",
        new string('9', 400),
        "0.1e",
        "01",
        "NaN",
        "Infinity",
        "\"\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\q\"",
        "\"\u00e9\\ud83d\\ude00\"",
        "\"auto\"",
        "\"user\"",
        "\"text\"",
        "\"tool_use\"",
        "\"image_url\"",
        "\"data:image/png;base64,iVBORw0KGgo=\"",
        "\"http://169.254.169.254/\"",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "[{}]",
        "{\"type\":\"text\"}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
        "'a'",
        "{a:1}",
        "[1,]",
        "/**/1",
    ];

    private static readonly string[] s_names =
    [
        "model",
        "messages",
        "input",
        "system",
        "role",
        "content",
        "type",
        "text",
        "stream",
        "stream_options",
        "include_usage",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "n",
        "stop",
        "stop_sequences",
        "temperature",
        "top_p",
        "tools",
        "tool_choice",
        "tool_calls",
        "tool_call_id",
        "function",
        "arguments",
        "response_format",
        "json_schema",
        "schema",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "budget_tokens",
        "service_tier",
        "prompt_cache_key",
        "cache_control",
        "routing",
        "mode",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "metadata",
        "store",
        "previous_response_id",
        "dimensions",
        "encoding_format",
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "input_tokens",
        "output_tokens",
        "choices",
        "delta",
        "index",
        "finish_reason",
        "candidates",
        "parts",
        "error",
        "",
        "\\u0000",
        "\\ud800",
    ];

    /// <summary>A value in the document: where it stands, and where its member begins.</summary>
    private readonly record struct Place(int Start, int End, int MemberStart, int NameEnd)
    {
        public bool IsMember => MemberStart >= 0;
    }

    public static byte[] Mutate(ref SeededRandom random, byte[] json)
    {
        var mutated = json;
        var times = random.OneIn(4) ? random.Next(2, 5) : 1;
        for (var i = 0; i < times; i++)
        {
            mutated =
                random.Next(10) < 7
                    ? ByStructure(ref random, mutated)
                    : ByBytes(ref random, mutated);
        }

        return mutated;
    }

    public static byte[] ByBytes(ref SeededRandom random, byte[] source)
    {
        if (source.Length == 0)
        {
            return random.Bytes(random.Next(40));
        }

        var at = random.Next(source.Length);
        var length = Math.Min(source.Length - at, random.Next(1, 60));
        switch (random.Next(9))
        {
            case 0:
                return source[..at];
            case 1:
                return [.. source[..at], .. source[(at + length)..]];
            case 2:
                return [.. source[..at], .. random.Bytes(random.Next(1, 12)), .. source[at..]];
            case 3:
                return [.. source[..(at + length)], .. source[at..]];
            case 4:
                return [0xEF, 0xBB, 0xBF, .. source];
            case 5:
                return random.OneIn(8)
                    ? Encoding.Unicode.GetBytes(Text(source))
                    : [.. source, .. "x"u8];
            default:
                var copy = source.ToArray();
                for (var i = random.Next(1, 6); i > 0; i--)
                {
                    copy[random.Next(copy.Length)] = random.OneIn(2)
                        ? (byte)random.Next()
                        : (byte)"{}[]\",:\\0eE+-. \n"[random.Next(16)];
                }

                return copy;
        }
    }

    private static byte[] ByStructure(ref SeededRandom random, byte[] source)
    {
        var places = PlacesIn(source);
        if (places.Count == 0)
        {
            return ByBytes(ref random, source);
        }

        var place = random.Pick(places);
        var value = source[place.Start..place.End];
        switch (random.Next(10))
        {
            case 0 when place.IsMember:
                return Replace(
                    source,
                    place.MemberStart,
                    place.NameEnd,
                    Name(random.Pick(s_names))
                );
            case 1 when place.IsMember:
                // The same member twice.
                byte[] member = source[place.MemberStart..place.End];
                return Replace(
                    source,
                    place.MemberStart,
                    place.MemberStart,
                    [.. member, (byte)',']
                );
            case 2 when place.IsMember:
                byte[] other = [.. Name(random.Pick(s_names)), .. Value(ref random), (byte)','];
                return Replace(source, place.MemberStart, place.MemberStart, other);
            case 3:
                var deep = random.OneIn(6) ? NestingDeep : random.Next(1, 70);
                byte[] nested =
                [
                    .. Enumerable.Repeat((byte)'[', deep),
                    .. value,
                    .. Enumerable.Repeat((byte)']', random.OneIn(9) ? deep - 1 : deep),
                ];
                return Replace(source, place.Start, place.End, nested);
            case 4:
                var from = random.Pick(places);
                return Replace(source, place.Start, place.End, source[from.Start..from.End]);
            case 5 when random.OneIn(8):
                var text = new string(random.OneIn(2) ? 'a' : '\u4e2d', random.Next(1, 9_000));
                return Replace(
                    source,
                    place.Start,
                    place.End,
                    Encoding.UTF8.GetBytes($"\"{text}\"")
                );
            default:
                return Replace(source, place.Start, place.End, Value(ref random));
        }
    }

    private static byte[] Value(ref SeededRandom random) =>
        random.OneIn(10)
            ? Encoding.ASCII.GetBytes(
                unchecked((long)random.Next()).ToString(CultureInfo.InvariantCulture)
            )
            : Encoding.UTF8.GetBytes(random.Pick(s_values));

    private static byte[] Name(string name) => Encoding.UTF8.GetBytes($"\"{name}\":");

    private static byte[] Replace(byte[] source, int from, int to, byte[] with) =>
        [.. source[..from], .. with, .. source[to..]];

    private static string Text(byte[] source) => Encoding.UTF8.GetString(source);

    // All values of what can still be read; a document broken by an earlier mutation ends early.
    private static List<Place> PlacesIn(byte[] source)
    {
        var places = new List<Place>();
        var open = new Stack<(int Start, int MemberStart, int NameEnd)>();
        var reader = new Utf8JsonReader(source, new JsonReaderOptions { MaxDepth = 1_000 });
        var (memberStart, nameEnd) = (-1, -1);
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                var end = (int)reader.BytesConsumed;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        (memberStart, nameEnd) = (start, end);
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((start, memberStart, nameEnd));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        var opened = open.Pop();
                        places.Add(new(opened.Start, end, opened.MemberStart, opened.NameEnd));
                        break;
                    default:
                        places.Add(new(start, end, memberStart, nameEnd));
                        break;
                }

                (memberStart, nameEnd) = (-1, -1);
            }
        }
        catch (JsonException)
        {
            // Broken already: what was read is enough to break it further.
        }

        return places;
    }
}
