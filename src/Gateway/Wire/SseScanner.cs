namespace Arda.Gateway.Wire;

/// <summary>
/// Finds server-sent events in a buffer that fills from the network, without copying them
/// (WHATWG HTML, "Server-sent events"). Line ends may be LF, CRLF or CR, as the standard allows.
/// </summary>
public static class SseScanner
{
    /// <summary>
    /// The length of the first complete event including its blank line, or 0 when more bytes are
    /// needed. <paramref name="scanned"/> remembers where to go on, so that no byte of a slow event
    /// is looked at twice.
    /// </summary>
    public static int FindEnd(ReadOnlySpan<byte> buffer, ref int scanned)
    {
        // A blank line is two line ends in a row; step back far enough to see CR LF CR | LF.
        var from = Math.Max(0, scanned - 3);
        while (true)
        {
            var at = buffer[from..].IndexOfAny((byte)'\n', (byte)'\r');
            if (at < 0)
            {
                scanned = buffer.Length;
                return 0;
            }

            var first = LineEndLength(buffer, from + at);
            var next = from + at + first;
            if (first == 0 || next >= buffer.Length)
            {
                scanned = buffer.Length;
                return 0;
            }

            var second = LineEndLength(buffer, next);
            if (second > 0)
            {
                scanned = 0;
                return next + second;
            }

            if (buffer[next] == (byte)'\r')
            {
                scanned = buffer.Length;
                return 0;
            }

            from = next;
        }
    }

    /// <summary>
    /// Splits one event into its name and data. A single data line, which is all that providers
    /// send, is a slice of <paramref name="raw"/>; several are joined into a new array.
    /// </summary>
    public static SseEvent Parse(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> data = default;
        var dataLines = 0;
        byte[]? joined = null;
        while (!raw.IsEmpty)
        {
            var end = raw.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? raw : raw[..end];
            raw = end < 0 ? default : raw[(end + 1)..];
            if (line.StartsWith("data:"u8))
            {
                var value = Value(line, 5);
                if (++dataLines == 1)
                {
                    data = value;
                }
                else
                {
                    joined = [.. data, (byte)'\n', .. value];
                    data = joined;
                }
            }
            else if (line.StartsWith("event:"u8))
            {
                name = Value(line, 6);
            }
        }

        return new SseEvent { Name = name, Data = data };
    }

    /// <summary>Where the data of an event with one data line stands within its raw bytes.</summary>
    public static int DataOffset(ReadOnlySpan<byte> raw)
    {
        var at = raw.StartsWith("data:"u8) ? 0 : raw.IndexOf("\ndata:"u8) + 1;
        var offset = at + 5;
        return offset < raw.Length && raw[offset] == (byte)' ' ? offset + 1 : offset;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> line, int prefix)
    {
        var value = line[prefix..];
        return !value.IsEmpty && value[0] == (byte)' ' ? value[1..] : value;
    }

    // 0: no line end here, or a CR at the very end of the buffer that may yet become CR LF.
    private static int LineEndLength(ReadOnlySpan<byte> buffer, int at) =>
        buffer[at] switch
        {
            (byte)'\n' => 1,
            (byte)'\r' when at + 1 >= buffer.Length => 0,
            (byte)'\r' => buffer[at + 1] == (byte)'\n' ? 2 : 1,
            _ => 0,
        };
}
