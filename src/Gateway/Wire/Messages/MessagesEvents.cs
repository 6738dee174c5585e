using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

internal enum MessagesEventKind
{
    Other,
    MessageStart,
    BlockStart,
    BlockDelta,
    BlockStop,
    MessageDelta,
    MessageStop,
    Error,
}

/// <summary>Which event it is: by its name, or by <c>type</c> in its data for hosts that leave the
/// <c>event:</c> line out.</summary>
internal static class MessagesEvents
{
    public static MessagesEventKind KindOf(SseEvent from)
    {
        var byName = KindOf(from.Name);
        return byName != MessagesEventKind.Other || from.Name.SequenceEqual("ping"u8)
            ? byName
            : KindOf(TypeIn(from.Data));
    }

    private static MessagesEventKind KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("content_block_delta"u8) ? MessagesEventKind.BlockDelta
        : name.SequenceEqual("content_block_start"u8) ? MessagesEventKind.BlockStart
        : name.SequenceEqual("content_block_stop"u8) ? MessagesEventKind.BlockStop
        : name.SequenceEqual("message_start"u8) ? MessagesEventKind.MessageStart
        : name.SequenceEqual("message_delta"u8) ? MessagesEventKind.MessageDelta
        : name.SequenceEqual("message_stop"u8) ? MessagesEventKind.MessageStop
        : name.SequenceEqual("error"u8) ? MessagesEventKind.Error
        : MessagesEventKind.Other;

    private static ReadOnlySpan<byte> TypeIn(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return default;
        }
        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                return reader.ValueSpan;
            }
            JsonScan.Skip(ref reader);
        }
        return default;
    }
}
