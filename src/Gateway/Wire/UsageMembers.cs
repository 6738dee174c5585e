using System.Buffers;

namespace Arda.Gateway.Wire;

/// <summary>
/// Puts the cost into a usage object that passes through: two members more, every other byte as the
/// provider wrote it.
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
        to.Write(body[..brace]);
        WriteMembers(
            isFirst: body[(offset + 1)..brace].IndexOfAnyExcept(" \t\r\n"u8) < 0,
            cost,
            to
        );
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

    private static void WriteMembers(bool isFirst, Cost cost, IBufferWriter<byte> to)
    {
        // The writer wants an object of its own; its braces are cut off again.
        var own = new ArrayBufferWriter<byte>(160);
        using (var writer = WireJson.NewWriter(own))
        {
            writer.WriteStartObject();
            CostJson.WriteMembers(writer, cost);
            writer.WriteEndObject();
        }

        to.Write(isFirst ? default : ","u8);
        to.Write(own.WrittenSpan[1..^1]);
    }
}
