using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Looks through an answer or a chunk for what metering needs, in one pass over its bytes, building
/// nothing: it runs on every event of every stream.
/// </summary>
internal ref struct ChatScan
{
    public UsageCounts Usage;
    public Range UsageAt;
    public Range ModelAt;
    public long OutputBytes;
    public bool HasChoices;
    public bool HasFinish;
    public bool HasError;

    /// <exception cref="WireFormatException">The bytes are not a JSON object.</exception>
    public static ChatScan Read(ReadOnlySpan<byte> json)
    {
        var scan = new ChatScan();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireFormatException("The upstream sent JSON that is not an object.");
            }
            string? tier = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                scan.ReadMember(ref reader, ref tier);
            }
            scan.Usage.ServiceTier ??= tier;
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
        return scan;
    }

    private void ReadMember(ref Utf8JsonReader reader, ref string? tier)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            reader.Read();
            ReadChoices(ref reader);
        }
        else if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            Usage = UsageCounts.Read(ref reader);
            UsageAt = Usage.IsSaid ? start..(int)reader.BytesConsumed : default;
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            ModelAt =
                reader.TokenType == JsonTokenType.String
                    ? start..(int)reader.BytesConsumed
                    : default;
            JsonScan.Skip(ref reader);
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            tier = ServiceTiers.Read(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            HasError = reader.TokenType != JsonTokenType.Null;
            JsonScan.Skip(ref reader);
        }
        else
        {
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                JsonScan.Skip(ref reader);
                continue;
            }
            HasChoices = true;
            ReadChoice(ref reader);
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                ReadMessage(ref reader);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                // "" on each chunk, as some hosts send it, ends nothing.
                HasFinish |= reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;
                JsonScan.Skip(ref reader);
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
    }

    private void ReadMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        // Hosts say one thought in up to three members; it was generated once.
        var thoughts = 0L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("refusal"u8))
            {
                reader.Read();
                OutputBytes += TextsIn(ref reader);
            }
            else if (
                reader.ValueTextEquals("reasoning_content"u8)
                || reader.ValueTextEquals("reasoning"u8)
                || reader.ValueTextEquals("reasoning_details"u8)
            )
            {
                reader.Read();
                thoughts = Math.Max(thoughts, TextsIn(ref reader));
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                OutputBytes += ArgumentsIn(ref reader);
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
        OutputBytes += thoughts;
    }

    // A string, or the text of parts at any depth.
    private static long TextsIn(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return JsonScan.TextBytes(ref reader);
        }
        var bytes = 0L;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && (
                    reader.ValueTextEquals("text"u8)
                    || reader.ValueTextEquals("summary"u8)
                    || reader.ValueTextEquals("thinking"u8)
                )
            )
            {
                reader.Read();
                bytes += JsonScan.TextBytes(ref reader);
            }
        }
        return bytes;
    }

    private static long ArgumentsIn(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return 0;
        }
        var bytes = 0L;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.ValueTextEquals("arguments"u8)
            )
            {
                reader.Read();
                bytes += JsonScan.TextBytes(ref reader);
            }
        }
        return bytes;
    }
}
