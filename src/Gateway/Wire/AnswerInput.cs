using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Reading what upstreams send: a member of the wrong kind counts as absent, because hosts of one
/// format differ, and only the lack of what an answer cannot do without is an error.
/// </summary>
public static class AnswerInput
{
    /// <exception cref="WireFormatException">Not a JSON object.</exception>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> utf8)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw new WireFormatException("The upstream sent JSON that is not an object.");
        }
        return document;
    }

    /// <summary>The member, unless it is absent or null.</summary>
    /// <exception cref="WireFormatException">A name beside it is half a character.</exception>
    public static JsonElement? Member(this JsonElement from, ReadOnlySpan<byte> name)
    {
        try
        {
            return
                from.ValueKind == JsonValueKind.Object
                && from.TryGetProperty(name, out var value)
                && value.ValueKind != JsonValueKind.Null
                ? value
                : null;
        }
        catch (InvalidOperationException e)
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
    }

    public static JsonElement? Object(this JsonElement from, ReadOnlySpan<byte> name) =>
        from.Member(name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>The items of an array, none if it is absent or no array.</summary>
    public static JsonElement.ArrayEnumerator Items(
        this JsonElement from,
        ReadOnlySpan<byte> name
    ) =>
        from.Member(name) is { ValueKind: JsonValueKind.Array } value
            ? value.EnumerateArray()
            : default;

    public static string? Text(this JsonElement from, ReadOnlySpan<byte> name) =>
        from.Member(name) is { ValueKind: JsonValueKind.String } value ? value.Lenient() : null;

    /// <summary>Null for an empty string too.</summary>
    public static string? NonEmptyText(this JsonElement from, ReadOnlySpan<byte> name) =>
        from.Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>A whole number; 3.0 is 3.</summary>
    public static long? Whole(this JsonElement from, ReadOnlySpan<byte> name)
    {
        if (from.Member(name) is not { ValueKind: JsonValueKind.Number } value)
        {
            return null;
        }
        return value.TryGetInt64(out var whole) ? whole
            : value.TryGetDecimal(out var number)
            && number == decimal.Truncate(number)
            && number is >= long.MinValue and <= long.MaxValue
                ? (long)number
            : null;
    }

    public static ReadOnlySpan<byte> RawUtf8(this JsonElement from) =>
        JsonMarshal.GetRawUtf8Value(from);

    /// <summary>The string's text; a lone surrogate, as hosts make when they cut an emoji in two,
    /// becomes U+FFFD instead of an exception.</summary>
    public static string Lenient(this JsonElement text)
    {
        try
        {
            return text.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Repair(text.RawUtf8()[1..^1]);
        }
    }

    private static string Repair(ReadOnlySpan<byte> escaped)
    {
        var text = new StringBuilder(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != (byte)'\\')
            {
                var plain = escaped[i..].IndexOf((byte)'\\');
                var run = plain < 0 ? escaped[i..] : escaped.Slice(i, plain);
                text.Append(Encoding.UTF8.GetString(run));
                i += run.Length - 1;
                continue;
            }
            i++;
            if (escaped[i] == (byte)'u')
            {
                text.Append(
                    (char)Convert.ToUInt16(Encoding.ASCII.GetString(escaped.Slice(i + 1, 4)), 16)
                );
                i += 4;
                continue;
            }
            text.Append(
                escaped[i] switch
                {
                    (byte)'n' => '\n',
                    (byte)'r' => '\r',
                    (byte)'t' => '\t',
                    (byte)'b' => '\b',
                    (byte)'f' => '\f',
                    var self => (char)self,
                }
            );
        }
        // Encoding and decoding again replaces what is still half a character.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
