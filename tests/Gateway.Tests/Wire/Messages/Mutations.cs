using System.Text;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Seeded ways to break a recording.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly byte[] Jsonish = "{}[]\",:\\u0123456789eE+-truefalsn \n"u8.ToArray();

    private uint _state = (uint)seed;

    public int Next(int below)
    {
        _state = unchecked((_state * 1_664_525) + 1_013_904_223);
        return (int)((_state >> 8) % (uint)Math.Max(1, below));
    }

    public byte[] Bytes(int length, bool jsonish)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = jsonish ? Jsonish[Next(Jsonish.Length)] : (byte)Next(256);
        }
        return bytes;
    }

    public byte[] Mutate(byte[] source)
    {
        switch (Next(5))
        {
            case 0:
                return source[..Next(source.Length)];
            case 1:
                var from = Next(source.Length);
                return [.. source[..from], .. source[Math.Min(source.Length, from + Next(40))..]];
            case 2:
                // A value of another kind in place of a string or a number.
                return ReplaceValue(source);
            default:
                var copy = source.ToArray();
                for (var i = 0; i <= Next(4) && copy.Length > 0; i++)
                {
                    copy[Next(copy.Length)] =
                        Next(2) == 0 ? (byte)Next(256) : Jsonish[Next(Jsonish.Length)];
                }
                return copy;
        }
    }

    public List<byte[]> MutateOne(IReadOnlyList<byte[]> events)
    {
        var copy = events.ToList();
        var at = Next(copy.Count);
        switch (Next(4))
        {
            case 0:
                copy.RemoveAt(at);
                break;
            case 1:
                copy.Insert(Next(copy.Count), copy[at]);
                break;
            case 2:
                (copy[at], copy[0]) = (copy[0], copy[at]);
                break;
            default:
                copy[at] = Mutate(copy[at]);
                break;
        }
        return copy;
    }

    private byte[] ReplaceValue(byte[] source)
    {
        var text = Encoding.UTF8.GetString(source);
        var colons = new List<int>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == ':')
            {
                colons.Add(i);
            }
        }
        if (colons.Count == 0)
        {
            return source;
        }
        var colon = colons[Next(colons.Count)];
        var end = text.IndexOfAny([',', '}', ']'], colon);
        string[] values =
        [
            "null",
            "[]",
            "{}",
            "-1",
            "9223372036854775807",
            "1e400",
            "\"\\ud800\"",
            "true",
            "[[{}]]",
        ];
        return Encoding.UTF8.GetBytes(
            text[..(colon + 1)] + values[Next(values.Length)] + (end < 0 ? "" : text[end..])
        );
    }
}
