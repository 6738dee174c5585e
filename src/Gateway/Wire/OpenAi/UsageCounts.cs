using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>
/// The one table from a <c>usage</c> object of Chat or Responses, of any host, to the classes that
/// have prices. Meters and readers, streamed or not, all come through here. A value type: some
/// hosts repeat usage on every event, and none of those may allocate.
/// </summary>
internal struct UsageCounts
{
    private long? _prompt;
    private long? _completion;
    private long? _total;
    private long? _cached;
    private long? _cachedElsewhere;
    private long _written;
    private long _audioInput;
    private long _imageInput;
    private long _reasoning;
    private long _imageOutput;
    private long _searches;

    public string? ServiceTier { get; set; }

    /// <summary>Counted by whoever sees the output: Responses does not count searches in usage.</summary>
    public long OutputSearches { get; set; }

    /// <summary>False for an object that counts nothing: it is as good as absent.</summary>
    public readonly bool IsSaid => (_prompt ?? _completion) is not null;

    /// <summary>Reads the object under the reader, to its last token. Anything else is skipped.</summary>
    public static UsageCounts Read(ref Utf8JsonReader reader)
    {
        var counts = new UsageCounts();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return counts;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            counts.ReadMember(ref reader);
        }
        return counts;
    }

    public static UsageCounts Read(JsonElement usage)
    {
        var reader = new Utf8JsonReader(usage.RawUtf8());
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>
    /// Splits the nested counts into classes that do not overlap and never sum to more than the host
    /// said in all, whatever its details claim.
    /// </summary>
    public readonly TokenUsage ToUsage()
    {
        var left = _prompt ?? 0;
        var read = Take(_cached ?? _cachedElsewhere ?? 0, ref left);
        var written = Take(_written, ref left);
        var audio = Take(_audioInput, ref left);
        var image = Take(_imageInput, ref left);
        var output = _completion ?? 0;
        var imageOutput = Take(_imageOutput, ref output);
        return new TokenUsage
        {
            Input = left,
            CacheRead = read,
            CacheWrite = written,
            AudioInput = audio,
            ImageInput = image,
            Reasoning = IsReasoningOutside() ? _reasoning : Take(_reasoning, ref output),
            Output = output,
            ImageOutput = imageOutput,
            WebSearches = Math.Max(_searches, OutputSearches),
            ServiceTier = ServiceTier,
        };
    }

    // xAI's Chat leaves reasoning out of completion_tokens; its total gives it away.
    private readonly bool IsReasoningOutside() =>
        _reasoning > 0
        && _total is { } total
        && total == (Int128)(_prompt ?? 0) + (_completion ?? 0) + _reasoning;

    private static long Take(long wanted, ref long left)
    {
        var taken = Math.Min(wanted, left);
        left -= taken;
        return taken;
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8))
        {
            _prompt = NextCount(ref reader);
        }
        else if (
            reader.ValueTextEquals("completion_tokens"u8)
            || reader.ValueTextEquals("output_tokens"u8)
        )
        {
            _completion = NextCount(ref reader);
        }
        else if (reader.ValueTextEquals("total_tokens"u8))
        {
            _total = NextCount(ref reader);
        }
        else if (
            reader.ValueTextEquals("prompt_tokens_details"u8)
            || reader.ValueTextEquals("input_tokens_details"u8)
        )
        {
            ReadInputDetails(ref reader);
        }
        else if (
            reader.ValueTextEquals("completion_tokens_details"u8)
            || reader.ValueTextEquals("output_tokens_details"u8)
        )
        {
            ReadOutputDetails(ref reader);
        }
        else
        {
            ReadHostMember(ref reader);
        }
    }

    private void ReadHostMember(ref Utf8JsonReader reader)
    {
        if (
            reader.ValueTextEquals("prompt_cache_hit_tokens"u8) // DeepSeek
            || reader.ValueTextEquals("cached_tokens"u8) // Moonshot, Together
        )
        {
            _cachedElsewhere = NextCount(ref reader);
        }
        else if (
            reader.ValueTextEquals("num_search_queries"u8)
            || reader.ValueTextEquals("num_sources_used"u8)
        )
        {
            _searches += NextCount(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("service_tier"u8)) // Mistral
        {
            reader.Read();
            ServiceTier = ServiceTiers.Read(ref reader);
        }
        else
        {
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    private void ReadInputDetails(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("cached_tokens"u8))
            {
                _cached = NextCount(ref reader);
            }
            else if (reader.ValueTextEquals("cache_write_tokens"u8))
            {
                _written = NextCount(ref reader) ?? 0;
            }
            else if (reader.ValueTextEquals("audio_tokens"u8))
            {
                _audioInput = NextCount(ref reader) ?? 0;
            }
            else if (reader.ValueTextEquals("image_tokens"u8))
            {
                _imageInput = NextCount(ref reader) ?? 0;
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
    }

    private void ReadOutputDetails(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reasoning_tokens"u8))
            {
                _reasoning = NextCount(ref reader) ?? 0;
            }
            else if (reader.ValueTextEquals("image_tokens"u8))
            {
                _imageOutput = NextCount(ref reader) ?? 0;
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
    }

    private static long? NextCount(ref Utf8JsonReader reader)
    {
        reader.Read();
        var count = JsonScan.Count(ref reader);
        JsonScan.Skip(ref reader);
        return count;
    }
}

/// <summary>The tier that an answer says it was served in; null is the standard one.</summary>
internal static class ServiceTiers
{
    /// <summary>Known names come as constants, so that a stream which repeats the tier on every
    /// event costs nothing.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            JsonScan.Skip(ref reader);
            return null;
        }
        return reader.ValueSpan.IsEmpty
            || reader.ValueTextEquals("default"u8)
            || reader.ValueTextEquals("auto"u8)
            || reader.ValueTextEquals("standard"u8)
            || reader.ValueTextEquals("on_demand"u8)
                ? null
            : reader.ValueTextEquals("priority"u8) ? "priority"
            : reader.ValueTextEquals("flex"u8) ? "flex"
            : reader.ValueTextEquals("scale"u8) ? "scale"
            : reader.ValueTextEquals("fast"u8) ? "fast"
            : reader.GetString();
    }
}
