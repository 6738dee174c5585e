using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Everything of an event around its own members: name, type, number in sequence.</summary>
internal sealed class EventOutput
{
    private readonly Utf8JsonWriter _json = WireJson.NewWriter(new ArrayBufferWriter<byte>(1));
    private int _sequence;

    public Utf8JsonWriter Begin(ReadOnlySpan<byte> type, IBufferWriter<byte> to)
    {
        SseOutput.StartEvent(to, type);
        _json.Reset(to);
        _json.WriteStartObject();
        _json.WriteString("type"u8, type);
        _json.WriteNumber("sequence_number"u8, _sequence++);
        return _json;
    }

    /// <summary>An event that belongs to an item.</summary>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> type, OutputItem item, IBufferWriter<byte> to)
    {
        Begin(type, to);
        _json.WriteString("item_id"u8, item.Id);
        _json.WriteNumber("output_index"u8, item.Index);
        return _json;
    }

    public void End(IBufferWriter<byte> to)
    {
        _json.WriteEndObject();
        _json.Flush();
        SseOutput.End(to);
    }
}
