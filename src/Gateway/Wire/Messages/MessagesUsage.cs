using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Anthropic's <c>usage</c>. Counts are cumulative over a stream: a later one overwrites, it is never
/// added, and what a later object leaves out stays. Cached tokens stand outside of
/// <c>input_tokens</c>, thinking inside of <c>output_tokens</c>.
/// </summary>
internal struct MessagesUsage
{
    private long? _input;
    private long? _cacheRead;
    private long? _cacheCreated;
    private long? _created5m;
    private long? _created1h;
    private long? _output;
    private long? _thinking;
    private long? _webSearches;
    private string? _serviceTier;
    private Iteration _extra;

    private struct Iteration
    {
        public long Input;
        public long CacheRead;
        public long CacheCreated;
        public long Output;
    }

    /// <summary>Whether any count was there.</summary>
    public readonly bool HasCounts => _input is not null || _output is not null;

    public static TokenUsage? Read(ReadOnlySpan<byte> usageObject)
    {
        var usage = default(MessagesUsage);
        var reader = new Utf8JsonReader(usageObject);
        reader.Read();
        usage.Merge(ref reader);
        return usage.HasCounts ? usage.ToTokens() : null;
    }

    /// <summary>Reads the object that the reader stands on, to its end.</summary>
    public void Merge(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            MergeMember(ref reader);
        }
    }

    private void MergeMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("input_tokens"u8))
        {
            Set(ref _input, ref reader);
        }
        else if (reader.ValueTextEquals("output_tokens"u8))
        {
            Set(ref _output, ref reader);
        }
        else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
        {
            Set(ref _cacheRead, ref reader);
        }
        else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
        {
            Set(ref _cacheCreated, ref reader);
        }
        else if (reader.ValueTextEquals("cache_creation"u8))
        {
            MergePair(
                ref reader,
                "ephemeral_5m_input_tokens"u8,
                ref _created5m,
                "ephemeral_1h_input_tokens"u8,
                ref _created1h
            );
        }
        else if (reader.ValueTextEquals("output_tokens_details"u8))
        {
            MergePair(ref reader, "thinking_tokens"u8, ref _thinking, default, ref _thinking);
        }
        else if (reader.ValueTextEquals("server_tool_use"u8))
        {
            MergePair(
                ref reader,
                "web_search_requests"u8,
                ref _webSearches,
                default,
                ref _webSearches
            );
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            ReadTier(ref reader);
        }
        else if (reader.ValueTextEquals("iterations"u8))
        {
            reader.Read();
            ReadIterations(ref reader);
        }
        else
        {
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    public readonly TokenUsage ToTokens()
    {
        var created = _cacheCreated ?? 0;
        var (created5m, created1h) = (_created5m ?? 0, _created1h ?? 0);
        // What the split does not explain was written for five minutes, the default.
        var unexplained = Math.Max(0, created - Sum(created5m, created1h));
        var output = Sum(_output ?? 0, _extra.Output);
        var thinking = Math.Min(_thinking ?? 0, output);
        return new TokenUsage
        {
            Input = Sum(_input ?? 0, _extra.Input),
            CacheRead = Sum(_cacheRead ?? 0, _extra.CacheRead),
            CacheWrite5m = Sum(Sum(created5m, unexplained), _extra.CacheCreated),
            CacheWrite1h = created1h,
            Output = output - thinking,
            Reasoning = thinking,
            WebSearches = _webSearches ?? 0,
            ServiceTier = _serviceTier,
        };
    }

    /// <summary>Writes the members of the open usage object.</summary>
    public static void Write(Utf8JsonWriter writer, TokenUsage usage)
    {
        var created5m = Sum(usage.CacheWrite, usage.CacheWrite5m);
        writer.WriteNumber(
            "input_tokens"u8,
            Sum(usage.Input, Sum(usage.AudioInput, usage.ImageInput))
        );
        writer.WriteNumber("cache_creation_input_tokens"u8, Sum(created5m, usage.CacheWrite1h));
        writer.WriteNumber("cache_read_input_tokens"u8, usage.CacheRead);
        writer.WriteStartObject("cache_creation"u8);
        writer.WriteNumber("ephemeral_5m_input_tokens"u8, created5m);
        writer.WriteNumber("ephemeral_1h_input_tokens"u8, usage.CacheWrite1h);
        writer.WriteEndObject();
        writer.WriteNumber(
            "output_tokens"u8,
            Sum(usage.Output, Sum(usage.Reasoning, usage.ImageOutput))
        );
        if (usage.Reasoning > 0)
        {
            writer.WriteStartObject("output_tokens_details"u8);
            writer.WriteNumber("thinking_tokens"u8, usage.Reasoning);
            writer.WriteEndObject();
        }
        if (usage.WebSearches > 0)
        {
            writer.WriteStartObject("server_tool_use"u8);
            writer.WriteNumber("web_search_requests"u8, usage.WebSearches);
            writer.WriteNumber("web_fetch_requests"u8, 0);
            writer.WriteEndObject();
        }
        writer.WriteString(
            "service_tier"u8,
            usage.ServiceTier is "priority" or "batch" ? usage.ServiceTier : "standard"
        );
    }

    private static void Set(ref long? count, ref Utf8JsonReader reader)
    {
        reader.Read();
        count = JsonScan.Count(ref reader) ?? count;
        JsonScan.Skip(ref reader);
    }

    private static void MergePair(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> firstName,
        ref long? first,
        ReadOnlySpan<byte> secondName,
        ref long? second
    )
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(firstName))
            {
                Set(ref first, ref reader);
            }
            else if (!secondName.IsEmpty && reader.ValueTextEquals(secondName))
            {
                Set(ref second, ref reader);
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
    }

    private void ReadTier(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        _serviceTier =
            reader.ValueTextEquals("standard"u8) || reader.ValueSpan.IsEmpty ? null
            : reader.ValueTextEquals("priority"u8) ? "priority"
            : reader.ValueTextEquals("batch"u8) ? "batch"
            : Encoding.UTF8.GetString(reader.ValueSpan);
    }

    // Compaction and the advisor are calls of their own that the totals leave out. They count here
    // at the answer's rates: the advisor's model may cost more, but nothing is not what it costs. A
    // server-side fallback is inside the totals already.
    private void ReadIterations(ref Utf8JsonReader reader)
    {
        _extra = default;
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
            var (one, isExtra) = ReadIteration(ref reader);
            if (isExtra)
            {
                _extra.Input = Sum(_extra.Input, one.Input);
                _extra.CacheRead = Sum(_extra.CacheRead, one.CacheRead);
                _extra.CacheCreated = Sum(_extra.CacheCreated, one.CacheCreated);
                _extra.Output = Sum(_extra.Output, one.Output);
            }
        }
    }

    private static (Iteration One, bool IsExtra) ReadIteration(ref Utf8JsonReader reader)
    {
        var (one, isExtra) = (default(Iteration), false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                isExtra =
                    reader.TokenType == JsonTokenType.String
                    && (
                        reader.ValueTextEquals("compaction"u8)
                        || reader.ValueTextEquals("advisor_message"u8)
                    );
                JsonScan.Skip(ref reader);
                continue;
            }
            long? count = null;
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                Set(ref count, ref reader);
                one.Input = count ?? 0;
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                Set(ref count, ref reader);
                one.Output = count ?? 0;
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                Set(ref count, ref reader);
                one.CacheRead = count ?? 0;
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                Set(ref count, ref reader);
                one.CacheCreated = count ?? 0;
            }
            else
            {
                reader.Read();
                JsonScan.Skip(ref reader);
            }
        }
        return (one, isExtra);
    }

    // A provider that counts to the edge of 64 bits is lying; the sum stays there and is refused by
    // whoever prices it.
    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
