using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>
/// Gemini's <c>usageMetadata</c>. Cached tokens stand inside of the prompt; thoughts stand outside of
/// the candidates, and the prompts of its own tools outside of the prompt. Each chunk repeats the
/// whole, so the last one replaces all.
/// </summary>
internal struct GeminiUsage
{
    private long? _prompt;
    private long? _toolPrompt;
    private long _cached;
    private long? _candidates;
    private long? _thoughts;
    private Modalities _promptBy;
    private Modalities _cachedBy;
    private Modalities _candidatesBy;
    private string? _serviceTier;

    private struct Modalities
    {
        public long Audio;
        public long Image;
    }

    public readonly bool HasCounts =>
        _prompt is not null || _candidates is not null || _thoughts is not null;

    public static TokenUsage? Read(ReadOnlySpan<byte> usageObject)
    {
        var reader = new Utf8JsonReader(usageObject);
        reader.Read();
        var usage = Read(ref reader);
        return usage.HasCounts ? usage.ToTokens() : null;
    }

    /// <summary>Reads the value that the reader stands on, to its end.</summary>
    public static GeminiUsage Read(ref Utf8JsonReader reader)
    {
        var usage = default(GeminiUsage);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return usage;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            usage.ReadMember(ref reader);
        }
        return usage;
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("promptTokenCount"u8))
        {
            _prompt = Count(ref reader);
        }
        else if (reader.ValueTextEquals("candidatesTokenCount"u8))
        {
            _candidates = Count(ref reader);
        }
        else if (reader.ValueTextEquals("thoughtsTokenCount"u8))
        {
            _thoughts = Count(ref reader);
        }
        else if (reader.ValueTextEquals("cachedContentTokenCount"u8))
        {
            _cached = Count(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("toolUsePromptTokenCount"u8))
        {
            _toolPrompt = Count(ref reader);
        }
        else if (reader.ValueTextEquals("promptTokensDetails"u8))
        {
            _promptBy = ReadModalities(ref reader);
        }
        else if (reader.ValueTextEquals("cacheTokensDetails"u8))
        {
            _cachedBy = ReadModalities(ref reader);
        }
        else if (reader.ValueTextEquals("candidatesTokensDetails"u8))
        {
            _candidatesBy = ReadModalities(ref reader);
        }
        else if (reader.ValueTextEquals("serviceTier"u8) || reader.ValueTextEquals("trafficType"u8))
        {
            reader.Read();
            ReadTier(ref reader);
        }
        else
        {
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    public readonly TokenUsage ToTokens()
    {
        var prompt = _prompt ?? 0;
        var cached = Math.Min(_cached, prompt);
        var fresh = prompt - cached;
        // What is cached has its own class, whatever it is made of.
        var audio = Math.Clamp(_promptBy.Audio - _cachedBy.Audio, 0, fresh);
        var image = Math.Clamp(_promptBy.Image - _cachedBy.Image, 0, fresh - audio);
        var output = _candidates ?? 0;
        var imageOutput = Math.Min(_candidatesBy.Image, output);
        return new TokenUsage
        {
            Input = Sum(fresh - audio - image, _toolPrompt ?? 0),
            CacheRead = cached,
            AudioInput = audio,
            ImageInput = image,
            Output = output - imageOutput,
            ImageOutput = imageOutput,
            Reasoning = _thoughts ?? 0,
            ServiceTier = _serviceTier,
        };
    }

    /// <summary>Writes the members of the open usage object.</summary>
    public static void Write(Utf8JsonWriter writer, TokenUsage usage)
    {
        var written = Sum(usage.CacheWrite, Sum(usage.CacheWrite5m, usage.CacheWrite1h));
        var media = Sum(usage.AudioInput, usage.ImageInput);
        var prompt = Sum(Sum(usage.Input, usage.CacheRead), Sum(written, media));
        var candidates = Sum(usage.Output, usage.ImageOutput);
        writer.WriteNumber("promptTokenCount"u8, prompt);
        if (usage.CacheRead > 0)
        {
            writer.WriteNumber("cachedContentTokenCount"u8, usage.CacheRead);
        }
        writer.WriteNumber("candidatesTokenCount"u8, candidates);
        if (usage.Reasoning > 0)
        {
            writer.WriteNumber("thoughtsTokenCount"u8, usage.Reasoning);
        }
        writer.WriteNumber("totalTokenCount"u8, Sum(prompt, Sum(candidates, usage.Reasoning)));
        WriteModalities(
            writer,
            "promptTokensDetails"u8,
            prompt,
            usage.AudioInput,
            usage.ImageInput
        );
        WriteModalities(writer, "candidatesTokensDetails"u8, candidates, 0, usage.ImageOutput);
        writer.WriteString("serviceTier"u8, usage.ServiceTier ?? "standard");
    }

    private static void WriteModalities(
        Utf8JsonWriter writer,
        ReadOnlySpan<byte> name,
        long all,
        long audio,
        long image
    )
    {
        writer.WriteStartArray(name);
        WriteModality(writer, "TEXT"u8, all - audio - image);
        WriteModality(writer, "AUDIO"u8, audio);
        WriteModality(writer, "IMAGE"u8, image);
        writer.WriteEndArray();
    }

    private static void WriteModality(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long count)
    {
        if (count > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("modality"u8, name);
            writer.WriteNumber("tokenCount"u8, count);
            writer.WriteEndObject();
        }
    }

    private static long? Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        var count = JsonScan.Count(ref reader);
        JsonScan.Skip(ref reader);
        return count;
    }

    private static Modalities ReadModalities(ref Utf8JsonReader reader)
    {
        var by = default(Modalities);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return by;
        }
        var depth = reader.CurrentDepth;
        var (isAudio, isImage, count) = (false, false, 0L);
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                by.Audio = Sum(by.Audio, isAudio ? count : 0);
                by.Image = Sum(by.Image, isImage ? count : 0);
                (isAudio, isImage, count) = (false, false, 0L);
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                var isModality = reader.ValueTextEquals("modality"u8);
                var isCount = !isModality && reader.ValueTextEquals("tokenCount"u8);
                reader.Read();
                if (isModality && reader.TokenType == JsonTokenType.String)
                {
                    isAudio = reader.ValueTextEquals("AUDIO"u8);
                    isImage = reader.ValueTextEquals("IMAGE"u8);
                }
                count = isCount ? JsonScan.Count(ref reader) ?? 0 : count;
                JsonScan.Skip(ref reader);
            }
        }
        return by;
    }

    // Google AI says serviceTier, Vertex says trafficType for the same.
    private void ReadTier(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        _serviceTier =
            reader.ValueTextEquals("standard"u8) || reader.ValueTextEquals("ON_DEMAND"u8) ? null
            : reader.ValueTextEquals("priority"u8) || reader.ValueTextEquals("ON_DEMAND_PRIORITY"u8)
                ? "priority"
            : reader.ValueTextEquals("flex"u8) || reader.ValueTextEquals("ON_DEMAND_FLEX"u8)
                ? "flex"
            : reader.ValueSpan.IsEmpty ? null
            : Encoding.UTF8.GetString(reader.ValueSpan);
    }

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
