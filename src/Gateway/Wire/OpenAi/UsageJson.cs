using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>Writes the <c>usage</c> member in the words of Chat or of Responses, cost included.</summary>
internal static class UsageJson
{
    public static void WriteChat(Utf8JsonWriter writer, TokenUsage usage, Cost? cost)
    {
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, usage.PromptTotal);
        writer.WriteNumber("completion_tokens"u8, usage.OutputTotal);
        writer.WriteNumber("total_tokens"u8, Total(usage));
        writer.WriteStartObject("prompt_tokens_details"u8);
        WriteInputDetails(writer, usage);
        writer.WriteEndObject();
        writer.WriteStartObject("completion_tokens_details"u8);
        WriteOutputDetails(writer, usage);
        writer.WriteEndObject();
        CostJson.WriteMembers(writer, cost);
        writer.WriteEndObject();
    }

    public static void WriteResponses(Utf8JsonWriter writer, TokenUsage usage, Cost? cost)
    {
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("input_tokens"u8, usage.PromptTotal);
        writer.WriteStartObject("input_tokens_details"u8);
        WriteInputDetails(writer, usage);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens"u8, usage.OutputTotal);
        writer.WriteStartObject("output_tokens_details"u8);
        WriteOutputDetails(writer, usage);
        writer.WriteEndObject();
        writer.WriteNumber("total_tokens"u8, Total(usage));
        CostJson.WriteMembers(writer, cost);
        writer.WriteEndObject();
    }

    private static void WriteInputDetails(Utf8JsonWriter writer, TokenUsage usage)
    {
        writer.WriteNumber("cached_tokens"u8, usage.CacheRead);
        var written = usage.CacheWrite + usage.CacheWrite5m + usage.CacheWrite1h;
        WriteIfAny(writer, "cache_write_tokens"u8, written);
        WriteIfAny(writer, "audio_tokens"u8, usage.AudioInput);
        WriteIfAny(writer, "image_tokens"u8, usage.ImageInput);
    }

    private static void WriteOutputDetails(Utf8JsonWriter writer, TokenUsage usage)
    {
        writer.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        WriteIfAny(writer, "image_tokens"u8, usage.ImageOutput);
    }

    private static void WriteIfAny(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long count)
    {
        if (count > 0)
        {
            writer.WriteNumber(name, count);
        }
    }

    // A host may count to the edge of 64 bits; that is its lie, not a reason to fail the answer.
    private static long Total(TokenUsage usage) =>
        (long)Int128.Min(long.MaxValue, (Int128)usage.PromptTotal + usage.OutputTotal);
}
