using System.Text;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

public sealed class SseScannerTests
{
    [Theory]
    [InlineData("data: 1\n\ndata: 2\n\n", "1|2")]
    [InlineData("data: 1\r\n\r\ndata: 2\r\n\r\n", "1|2")]
    [InlineData("data: 1\r\rdata: 2\n\n", "1|2")]
    [InlineData("event: x\ndata: 1\n\n: comment\n\ndata:2\n\n", "1||2")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    public void Events_are_found_whatever_their_line_ends(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', ReadAll(Encoding.UTF8.GetBytes(text), 1024)));

    [Fact]
    public void Events_are_the_same_however_the_network_cuts_them()
    {
        var text =
            "event: a\r\ndata: {\"x\":1}\r\n\r\ndata: zwei ü\n\n\r\ndata: 3\r\rdata: last\n\n"u8.ToArray();
        var whole = ReadAll(text, text.Length);
        for (var size = 1; size < text.Length; size++)
        {
            Assert.Equal(whole, ReadAll(text, size));
        }
    }

    [Fact]
    public void The_data_of_an_event_is_found_in_its_raw_bytes()
    {
        var raw = "event: message_delta\ndata: {\"usage\":{}}\n\n"u8;
        var data = SseScanner.Parse(raw).Data;
        Assert.True(raw.Slice(SseScanner.DataOffset(raw), data.Length).SequenceEqual(data));
    }

    private static List<string> ReadAll(byte[] text, int pieceSize)
    {
        var found = new List<string>();
        var buffer = new List<byte>();
        var scanned = 0;
        foreach (var piece in text.Chunk(pieceSize))
        {
            buffer.AddRange(piece);
            while (SseScanner.FindEnd(buffer.ToArray(), ref scanned) is > 0 and var length)
            {
                found.Add(
                    Encoding.UTF8.GetString(
                        SseScanner.Parse(buffer.ToArray().AsSpan(0, length)).Data
                    )
                );
                buffer.RemoveRange(0, length);
            }
        }

        return found;
    }
}
