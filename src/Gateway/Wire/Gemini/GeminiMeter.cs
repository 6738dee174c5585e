using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>What one answer or chunk says, scanned without building it. Both have one shape.</summary>
internal ref struct GeminiScan
{
    public GeminiUsage Usage;
    public Range UsageAt;
    public Range ModelAt;
    public long OutputBytes;
    public bool HasParts;
    public bool HasFinish;
    public bool HasError;

    public static GeminiScan Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new WireFormatException("The upstream sent JSON that is not an object.");
        }
        var scan = default(GeminiScan);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            scan.ReadMember(ref reader);
        }
        return scan;
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("candidates"u8))
        {
            reader.Read();
            ReadCandidates(ref reader);
        }
        else if (reader.ValueTextEquals("usageMetadata"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            Usage = GeminiUsage.Read(ref reader);
            UsageAt = isObject ? start..(int)reader.BytesConsumed : default;
        }
        else if (reader.ValueTextEquals("modelVersion"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            JsonScan.Skip(ref reader);
            ModelAt = start..(int)reader.BytesConsumed;
        }
        else if (reader.ValueTextEquals("promptFeedback"u8))
        {
            reader.Read();
            ReadFeedback(ref reader);
        }
        else
        {
            HasError |= reader.ValueTextEquals("error"u8);
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    // candidates[0] is an object at depth + 1, its content at + 2, parts at + 3, a part at + 4.
    private void ReadCandidates(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }
            switch (reader.CurrentDepth - depth)
            {
                case 2 when reader.ValueTextEquals("finishReason"u8):
                    reader.Read();
                    HasFinish |= IsWord(ref reader);
                    break;
                case 2 when !reader.ValueTextEquals("content"u8):
                case 3 when !reader.ValueTextEquals("parts"u8):
                    reader.Read();
                    JsonScan.Skip(ref reader);
                    break;
                case 5:
                    ReadPartMember(ref reader);
                    break;
                case 6 when reader.ValueTextEquals("args"u8):
                    reader.Read();
                    var start = reader.TokenStartIndex;
                    JsonScan.Skip(ref reader);
                    OutputBytes += reader.BytesConsumed - start;
                    break;
            }
        }
    }

    private void ReadPartMember(ref Utf8JsonReader reader)
    {
        HasParts = true;
        if (reader.ValueTextEquals("functionCall"u8))
        {
            // Its arguments are counted one level deeper.
            return;
        }
        var isText = reader.ValueTextEquals("text"u8);
        reader.Read();
        OutputBytes += isText ? JsonScan.TextBytes(ref reader) : 0;
        JsonScan.Skip(ref reader);
    }

    private void ReadFeedback(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.CurrentDepth == depth + 1
                && reader.ValueTextEquals("blockReason"u8)
            )
            {
                reader.Read();
                HasFinish |= IsWord(ref reader);
            }
        }
    }

    private static bool IsWord(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;
}

/// <summary>Scans a finished answer.</summary>
internal static class GeminiMeter
{
    public static AnswerReading Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var scan = GeminiScan.Read(body);
            return new AnswerReading
            {
                Usage = scan.Usage.HasCounts ? scan.Usage.ToTokens() : null,
                UsageAt = scan.UsageAt,
                OutputBytes = scan.OutputBytes,
                ModelAt = scan.ModelAt,
            };
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
    }
}

/// <summary>Follows a stream: each chunk repeats the usage, and the last one counts.</summary>
internal sealed class GeminiStreamMeter : IStreamMeter
{
    private GeminiUsage _counts;
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

    public bool UsageIsFinal => Ended && _counts.HasCounts;

    public Range UsageAt { get; private set; }

    public long OutputBytes { get; private set; }

    public UpstreamError? Error { get; private set; }

    public bool Ended { get; private set; }

    public EventRole Observe(SseEvent from)
    {
        if (from.Data.IsEmpty)
        {
            return EventRole.Pass;
        }
        try
        {
            return Observe(GeminiScan.Read(from.Data), from.Data);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent an event that is not JSON.", e);
        }
    }

    private EventRole Observe(GeminiScan scan, ReadOnlySpan<byte> data)
    {
        if (scan.HasError)
        {
            Error = UpstreamErrors.Read(0, data.ToArray());
            return EventRole.Error;
        }
        OutputBytes += scan.OutputBytes;
        Ended |= scan.HasFinish;
        if (scan.Usage.HasCounts)
        {
            (_counts, _isStale, UsageAt) = (scan.Usage, true, scan.UsageAt);
        }
        // There is no terminator: the chunk with the reason ends the answer and has the usage.
        return scan.HasFinish ? EventRole.Usage
            : scan.HasParts ? EventRole.Content
            : EventRole.Pass;
    }
}
