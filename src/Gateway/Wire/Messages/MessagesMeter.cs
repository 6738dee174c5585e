using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Scans a finished answer: usage, model and how much was written, building nothing.</summary>
internal static class MessagesMeter
{
    public static AnswerReading Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return Scan(body);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
    }

    private static AnswerReading Scan(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new WireFormatException("The upstream sent JSON that is not an object.");
        }
        var usage = default(MessagesUsage);
        var reading = default(AnswerReading);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                usage.Merge(ref reader);
                reading = isObject
                    ? reading with
                    {
                        UsageAt = start..(int)reader.BytesConsumed,
                    }
                    : reading;
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                JsonScan.Skip(ref reader);
                reading = reading with { ModelAt = start..(int)reader.BytesConsumed };
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                reading = reading with { OutputBytes = ContentBytes(ref reader) };
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
        // Nothing may follow: a client would choke on it, and it would have paid.
        reader.Read();
        return usage.HasCounts ? reading with { Usage = usage.ToTokens() } : reading;
    }

    private static long ContentBytes(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return 0;
        }
        var depth = reader.CurrentDepth;
        var bytes = 0L;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            // Members of the blocks themselves, not of what is inside them.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != depth + 2)
            {
                continue;
            }
            var isText = reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8);
            var isInput = !isText && reader.ValueTextEquals("input"u8);
            reader.Read();
            var start = reader.TokenStartIndex;
            var text = isText ? JsonScan.TextBytes(ref reader) : 0;
            JsonScan.Skip(ref reader);
            bytes += isInput ? reader.BytesConsumed - start : text;
        }
        return bytes;
    }
}

/// <summary>Follows a stream. Nothing is built per event; the usage record is made when asked for.</summary>
internal sealed class MessagesStreamMeter : IStreamMeter
{
    private MessagesUsage _counts;
    private TokenUsage? _usage;
    private bool _isStale;

    public TokenUsage? Usage
    {
        get
        {
            if (_isStale)
            {
                (_usage, _isStale) = (_counts.ToTokens(), false);
            }
            return _usage;
        }
    }

    public bool UsageIsFinal { get; private set; }

    public Range UsageAt { get; private set; }

    public long OutputBytes { get; private set; }

    public UpstreamError? Error { get; private set; }

    public bool Ended { get; private set; }

    public EventRole Observe(SseEvent from)
    {
        try
        {
            var kind = MessagesEvents.KindOf(from);
            switch (kind)
            {
                case MessagesEventKind.BlockDelta:
                    OutputBytes += DeltaBytes(from.Data);
                    return EventRole.Content;
                case MessagesEventKind.MessageStart:
                    ReadStart(from.Data);
                    return EventRole.Pass;
                case MessagesEventKind.MessageDelta:
                    ReadDelta(from.Data);
                    return EventRole.Usage;
                case MessagesEventKind.MessageStop:
                    Ended = true;
                    return EventRole.Terminal;
                case MessagesEventKind.Error:
                    Error = UpstreamErrors.Read(0, from.Data.ToArray());
                    return EventRole.Error;
                default:
                    return EventRole.Pass;
            }
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent an event that is not JSON.", e);
        }
    }

    // {"type":…,"index":…,"delta":{"type":…,"text"|"thinking"|"partial_json":…}}
    private static long DeltaBytes(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        var bytes = 0L;
        while (reader.Read())
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.CurrentDepth == 2
                && (
                    reader.ValueTextEquals("text"u8)
                    || reader.ValueTextEquals("thinking"u8)
                    || reader.ValueTextEquals("partial_json"u8)
                )
            )
            {
                reader.Read();
                bytes += JsonScan.TextBytes(ref reader);
            }
        }
        return bytes;
    }

    private void ReadStart(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            // {"type":…,"message":{…,"usage":{…}}}
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.CurrentDepth == 2
                && reader.ValueTextEquals("usage"u8)
            )
            {
                reader.Read();
                _counts.Merge(ref reader);
                _isStale |= _counts.HasCounts;
            }
        }
    }

    private void ReadDelta(ReadOnlySpan<byte> data)
    {
        UsageAt = default;
        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }
            if (reader.CurrentDepth == 1 && reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                ReadFinalUsage(ref reader);
            }
            else if (reader.CurrentDepth == 2 && reader.ValueTextEquals("stop_reason"u8))
            {
                reader.Read();
                Ended |= reader.TokenType == JsonTokenType.String;
            }
        }
    }

    private void ReadFinalUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }
        var start = (int)reader.TokenStartIndex;
        _counts.Merge(ref reader);
        UsageAt = start..(int)reader.BytesConsumed;
        _isStale |= _counts.HasCounts;
        UsageIsFinal |= _counts.HasCounts;
    }
}
