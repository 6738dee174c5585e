using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>What the meters need of a <see cref="Utf8JsonReader"/>: looking without building.</summary>
public static class JsonScan
{
    /// <summary>Bytes of the string under the reader as UTF-8 text, escapes resolved; 0 for anything
    /// else.</summary>
    public static int TextBytes(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return 0;
        }
        var text = reader.ValueSpan;
        return reader.ValueIsEscaped ? UnescapedBytes(text) : text.Length;
    }

    /// <summary>A count under the reader: a whole number that is not negative, else null.</summary>
    public static long? Count(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return null;
        }
        if (reader.TryGetInt64(out var whole))
        {
            return whole >= 0 ? whole : null;
        }
        return reader.TryGetDecimal(out var number) && number is >= 0 and <= long.MaxValue
            ? (long)decimal.Truncate(number)
            : null;
    }

    /// <summary>Moves past the value under the reader, to its last token.</summary>
    public static void Skip(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            reader.Skip();
        }
    }

    private static int UnescapedBytes(ReadOnlySpan<byte> escaped)
    {
        var bytes = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != (byte)'\\')
            {
                bytes++;
                continue;
            }
            i++;
            if (escaped[i] != (byte)'u')
            {
                bytes++;
                continue;
            }
            // Four digits name one UTF-16 unit; each half of a surrogate pair is two of its bytes.
            var high = Hex(escaped[i + 1]) << 4 | Hex(escaped[i + 2]);
            var unit = high << 8 | Hex(escaped[i + 3]) << 4 | Hex(escaped[i + 4]);
            bytes +=
                unit < 0x80 ? 1
                : unit is < 0x800 or (>= 0xD800 and < 0xE000) ? 2
                : 3;
            i += 4;
        }
        return bytes;
    }

    private static int Hex(byte digit) =>
        digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
