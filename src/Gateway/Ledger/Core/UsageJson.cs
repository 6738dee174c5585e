using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Ledger.Core;

/// <summary>Token counts by class as charges and receipts keep them: classes that are zero are left
/// out, except input and output.</summary>
internal static class UsageJson
{
    public static string Write(TokenUsage usage)
    {
        using var json = JsonScratch.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("input"u8, usage.Input);
        Number(writer, "cache_read"u8, usage.CacheRead);
        Number(writer, "cache_write"u8, usage.CacheWrite);
        Number(writer, "cache_write_5m"u8, usage.CacheWrite5m);
        Number(writer, "cache_write_1h"u8, usage.CacheWrite1h);
        Number(writer, "audio_input"u8, usage.AudioInput);
        Number(writer, "image_input"u8, usage.ImageInput);
        writer.WriteNumber("output"u8, usage.Output);
        Number(writer, "reasoning"u8, usage.Reasoning);
        Number(writer, "image_output"u8, usage.ImageOutput);
        Number(writer, "web_searches"u8, usage.WebSearches);
        if (usage.ServiceTier is { } tier)
        {
            writer.WriteString("service_tier"u8, tier);
        }

        writer.WriteEndObject();
        return json.Text();
    }

    private static void Number(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }
}
