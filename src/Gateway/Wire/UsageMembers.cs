using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Puts the cost into a usage object that passes through: two members more, every other byte as the
/// provider wrote it. A host that has a price of its own there (OpenRouter) would give the object
/// one name twice, and name what the operator pays: its members make way.
/// </summary>
public static class UsageMembers
{
    /// <param name="body">A finished answer.</param>
    /// <param name="usageAt">Its usage object, braces included.</param>
    /// <param name="cost">What the request cost its payer.</param>
    /// <param name="to">Takes the changed answer.</param>
    public static void WriteWithCost(
        ReadOnlySpan<byte> body,
        Range usageAt,
        Cost cost,
        IBufferWriter<byte> to
    )
    {
        var (offset, length) = usageAt.GetOffsetAndLength(body.Length);
        var brace = offset + length - 1;
        if (body[offset..brace].IndexOf("\"cost"u8) >= 0)
        {
            to.Write(body[..(offset + 1)]);
            var isFirst = !WriteOthers(body[offset..(offset + length)], to);
            WriteMembers(isFirst, cost, to);
        }
        else
        {
            to.Write(body[..brace]);
            WriteMembers(
                isFirst: body[(offset + 1)..brace].IndexOfAnyExcept(" \t\r\n"u8) < 0,
                cost,
                to
            );
        }

        to.Write(body[brace..]);
    }

    /// <summary>The same for a raw event with one data line; <paramref name="usageAt"/> is a range of
    /// its data.</summary>
    public static void WriteEventWithCost(
        ReadOnlySpan<byte> raw,
        Range usageAt,
        Cost cost,
        IBufferWriter<byte> to
    )
    {
        var from = SseScanner.DataOffset(raw);
        var dataLength = SseScanner.Parse(raw).Data.Length;
        var (offset, length) = usageAt.GetOffsetAndLength(dataLength);
        if (length == 0)
        {
            to.Write(raw);
            return;
        }

        WriteWithCost(raw, (from + offset)..(from + offset + length), cost, to);
    }

    /// <returns>Whether there were any.</returns>
    private static bool WriteOthers(ReadOnlySpan<byte> usage, IBufferWriter<byte> to)
    {
        var any = false;
        var reader = new Utf8JsonReader(usage);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isOurs =
                reader.ValueTextEquals("cost"u8) || reader.ValueTextEquals("cost_details"u8);
            reader.Skip();
            if (!isOurs)
            {
                to.Write(any ? ","u8 : default);
                to.Write(usage[start..(int)reader.BytesConsumed]);
                any = true;
            }
        }

        return any;
    }

    private static void WriteMembers(bool isFirst, Cost cost, IBufferWriter<byte> to)
    {
        // The writer wants an object of its own; its braces are cut off again.
        using var own = JsonScratch.Rent();
        own.Writer.WriteStartObject();
        CostJson.WriteMembers(own.Writer, cost);
        own.Writer.WriteEndObject();
        to.Write(isFirst ? default : ","u8);
        to.Write(own.Written()[1..^1]);
    }
}
