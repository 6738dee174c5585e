using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Frames of a Messages stream. Official clients skip a frame without its <c>event:</c> line
/// in silence, so there is no way here to write one. One JSON writer serves the whole stream.</summary>
internal sealed class MessagesFrames
{
    private Utf8JsonWriter? _writer;

    /// <summary>Opens <c>{"type":name,</c>; write further members and call <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(IBufferWriter<byte> to, ReadOnlySpan<byte> name)
    {
        SseOutput.StartEvent(to, name);
        if (_writer is null)
        {
            _writer = WireJson.NewWriter(to);
        }
        else
        {
            _writer.Reset(to);
        }
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, name);
        return _writer;
    }

    public void End(IBufferWriter<byte> to)
    {
        _writer!.WriteEndObject();
        _writer.Flush();
        SseOutput.End(to);
    }

    /// <summary>Opens content_block_start where the block's value is to be written.</summary>
    public Utf8JsonWriter BeginBlock(IBufferWriter<byte> to, int index)
    {
        var writer = Begin(to, "content_block_start"u8);
        writer.WriteNumber("index"u8, index);
        writer.WritePropertyName("content_block"u8);
        return writer;
    }

    public void StopBlock(IBufferWriter<byte> to, int index)
    {
        Begin(to, "content_block_stop"u8).WriteNumber("index"u8, index);
        End(to);
    }

    public Utf8JsonWriter BeginDelta(IBufferWriter<byte> to, int index, ReadOnlySpan<byte> type)
    {
        var writer = Begin(to, "content_block_delta"u8);
        writer.WriteNumber("index"u8, index);
        writer.WriteStartObject("delta"u8);
        writer.WriteString("type"u8, type);
        return writer;
    }

    public void EndDelta(IBufferWriter<byte> to)
    {
        _writer!.WriteEndObject();
        End(to);
    }

    public void Delta(
        IBufferWriter<byte> to,
        int index,
        ReadOnlySpan<byte> type,
        ReadOnlySpan<byte> member,
        string text
    )
    {
        BeginDelta(to, index, type).WriteString(member, text);
        EndDelta(to);
    }

    public static void Ping(IBufferWriter<byte> to) =>
        to.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);

    public static void Error(IBufferWriter<byte> to, ErrorFacts error)
    {
        SseOutput.StartEvent(to, "error"u8);
        ErrorJson.WriteBody(WireFormat.AnthropicMessages, error, to);
        SseOutput.End(to);
    }
}
