using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>A second reading of raw usage, written from the table of the specification and sharing
/// no code with the meters.</summary>
internal static class ExpectedUsage
{
    public static TokenUsage? Of(JsonNode? root)
    {
        if (root?["usage"] is not JsonObject usage)
        {
            return null;
        }
        var prompt = Long(usage, "prompt_tokens") ?? Long(usage, "input_tokens") ?? 0;
        var completion = Long(usage, "completion_tokens") ?? Long(usage, "output_tokens") ?? 0;
        var total = Long(usage, "total_tokens");
        var inside = usage["prompt_tokens_details"] ?? usage["input_tokens_details"];
        var outside = usage["completion_tokens_details"] ?? usage["output_tokens_details"];
        var cached = Long(inside, "cached_tokens") ?? Long(usage, "prompt_cache_hit_tokens") ?? 0;
        var written = Long(inside, "cache_write_tokens") ?? 0;
        var audio = Long(inside, "audio_tokens") ?? 0;
        var reasoning = Long(outside, "reasoning_tokens") ?? 0;
        var isOutside = reasoning > 0 && total == prompt + completion + reasoning;
        // OpenRouter once counted more reasoning than output: never more than all is billed.
        var counted = isOutside ? reasoning : Math.Min(reasoning, completion);
        var tier = (string?)root["service_tier"];
        return new TokenUsage
        {
            Input = prompt - cached - written - audio,
            CacheRead = cached,
            CacheWrite = written,
            AudioInput = audio,
            Output = isOutside ? completion : completion - counted,
            Reasoning = counted,
            WebSearches =
                root["output"]?.AsArray().Count(item => (string?)item!["type"] == "web_search_call")
                ?? 0,
            ServiceTier = tier is "default" or "auto" ? null : tier,
        };
    }

    private static long? Long(JsonNode? holder, string name) => (long?)holder?[name];
}
