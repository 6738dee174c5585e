using System.Numerics;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Inference.Independent;

/// <summary>
/// What an answer used, read from the provider's own words by the usage table of the wire guide,
/// with nothing of the gateway's readers.
/// </summary>
internal sealed record Used
{
    public long Input { get; init; }

    public long CacheRead { get; init; }

    public long CacheWrite { get; init; }

    public long CacheWrite5m { get; init; }

    public long CacheWrite1h { get; init; }

    public long Audio { get; init; }

    public long Image { get; init; }

    public long Output { get; init; }

    public long Reasoning { get; init; }

    public long ImageOutput { get; init; }

    public long Searches { get; init; }

    public string? Tier { get; init; }

    public long Written => CacheWrite + CacheWrite5m + CacheWrite1h;

    public long Prompt => Input + CacheRead + Written + Audio + Image;

    public long AllOutput => Output + Reasoning + ImageOutput;

    /// <summary>As the answer's bytes say; null where the provider said nothing.</summary>
    public static Used? Of(string api, JsonNode? answer, IReadOnlyList<EventText> events) =>
        api switch
        {
            "openai.chat" => OfChat(Last(answer, events, e => e["usage"]), answer, events),
            "openai.responses" => OfResponses(
                answer ?? events.FirstOrDefault(IsResponsesEnd)?.Json["response"]
            ),
            "anthropic.messages" => OfMessages(MessagesUsage(answer, events)),
            "gemini.generateContent" => OfGemini(Last(answer, events, e => e["usageMetadata"])),
            "openai.embeddings" => OfChat(answer?["usage"], answer, events),
            _ => null,
        };

    public static Used? Of(Recording recording) =>
        recording.Events.Count > 0
            ? Of(recording.Api, null, EventText.Of(recording))
            : Of(recording.Api, JsonNode.Parse(recording.Body), []);

    private static bool IsResponsesEnd(EventText one) =>
        one.Name is "response.completed" or "response.incomplete";

    // Every chunk that names usage repeats the whole: the last one counts.
    private static JsonNode? Last(
        JsonNode? answer,
        IReadOnlyList<EventText> events,
        Func<JsonNode, JsonNode?> usage
    ) =>
        answer is not null
            ? usage(answer)
            : events
                .Where(e => !e.IsTerminator)
                .Select(e => usage(e.Json))
                .LastOrDefault(found => found is not null);

    private static Used? OfChat(JsonNode? usage, JsonNode? answer, IReadOnlyList<EventText> events)
    {
        if (usage is null)
        {
            return null;
        }

        var prompt = Number(usage, "prompt_tokens");
        var completion = Number(usage, "completion_tokens");
        var into = usage["prompt_tokens_details"];
        var outOf = usage["completion_tokens_details"];
        var cached = Math.Max(
            Number(into, "cached_tokens"),
            Number(usage, "prompt_cache_hit_tokens")
        );
        var (written, audio) = (Number(into, "cache_write_tokens"), Number(into, "audio_tokens"));
        var image = Number(into, "image_tokens");
        var reasoning = Number(outOf, "reasoning_tokens");
        var imageOutput = Number(outOf, "image_tokens");
        // xAI counts reasoning outside of the completion, and the total tells.
        var outside =
            reasoning > 0 && Number(usage, "total_tokens") == prompt + completion + reasoning;
        return new Used
        {
            Input = prompt - cached - written - audio - image,
            CacheRead = cached,
            CacheWrite = written,
            Audio = audio,
            Image = image,
            Output = (outside ? completion : completion - reasoning) - imageOutput,
            Reasoning = reasoning,
            ImageOutput = imageOutput,
            Tier = TierOf(
                usage["service_tier"]
                    ?? answer?["service_tier"]
                    ?? Last(null, events, e => e["service_tier"])
            ),
        };
    }

    private static Used? OfResponses(JsonNode? response)
    {
        if (response?["usage"] is not { } usage)
        {
            return null;
        }

        var prompt = Number(usage, "input_tokens");
        var output = Number(usage, "output_tokens");
        var cached = Number(usage["input_tokens_details"], "cached_tokens");
        var written = Number(usage["input_tokens_details"], "cache_write_tokens");
        var reasoning = Number(usage["output_tokens_details"], "reasoning_tokens");
        return new Used
        {
            Input = prompt - cached - written,
            CacheRead = cached,
            CacheWrite = written,
            Output = output - reasoning,
            Reasoning = reasoning,
            Searches = response["output"]!
                .AsArray()
                .Count(item => (string?)item!["type"] == "web_search_call"),
            Tier = TierOf(response["service_tier"]),
        };
    }

    // A stream's later counts overwrite its earlier ones and are never added to them.
    private static JsonObject? MessagesUsage(JsonNode? answer, IReadOnlyList<EventText> events)
    {
        if (answer is not null)
        {
            return answer["usage"]?.AsObject();
        }

        JsonObject? merged = null;
        foreach (var found in events.Select(e => e.Json))
        {
            foreach (
                var (name, value) in (found["message"]?["usage"] ?? found["usage"])?.AsObject()
                    ?? []
            )
            {
                (merged ??= [])[name] = value?.DeepClone();
            }
        }

        return merged;
    }

    private static Used? OfMessages(JsonObject? usage)
    {
        if (usage is null)
        {
            return null;
        }

        var created = Number(usage, "cache_creation_input_tokens");
        var hour = Number(usage["cache_creation"], "ephemeral_1h_input_tokens");
        var thinking = Number(usage["output_tokens_details"], "thinking_tokens");
        return new Used
        {
            Input = Number(usage, "input_tokens"),
            CacheRead = Number(usage, "cache_read_input_tokens"),
            CacheWrite5m = created - hour,
            CacheWrite1h = hour,
            Output = Number(usage, "output_tokens") - thinking,
            Reasoning = thinking,
            Searches = Number(usage["server_tool_use"], "web_search_requests"),
            Tier = TierOf(usage["service_tier"]),
        };
    }

    private static Used? OfGemini(JsonNode? usage)
    {
        if (usage?["promptTokenCount"] is null)
        {
            return null;
        }

        var (audio, image) = (
            Modality(usage["promptTokensDetails"], "AUDIO"),
            Modality(usage["promptTokensDetails"], "IMAGE")
        );
        var cached = Number(usage, "cachedContentTokenCount");
        var imageOutput = Modality(usage["candidatesTokensDetails"], "IMAGE");
        return new Used
        {
            Input =
                Number(usage, "promptTokenCount")
                + Number(usage, "toolUsePromptTokenCount")
                - cached
                - audio
                - image,
            CacheRead = cached,
            Audio = audio,
            Image = image,
            Output = Number(usage, "candidatesTokenCount") - imageOutput,
            ImageOutput = imageOutput,
            Reasoning = Number(usage, "thoughtsTokenCount"),
            Tier = TierOf(usage["serviceTier"] ?? usage["trafficType"]),
        };
    }

    private static long Modality(JsonNode? details, string which) =>
        (details?.AsArray() ?? [])
            .Where(one => (string?)one!["modality"] == which)
            .Sum(one => Number(one, "tokenCount"));

    private static string? TierOf(JsonNode? tier) =>
        (string?)tier is { } said
        && said.ToLowerInvariant() is not ("standard" or "default" or "auto" or "on_demand" or "")
            ? said
            : null;

    private static long Number(JsonNode? from, string name) => (long?)from?[name] ?? 0;
}

/// <summary>What a charge is made of, in nano-dollars.</summary>
internal sealed record Bill(BigInteger Base, BigInteger Gateway, BigInteger Reseller)
{
    public BigInteger Total => Base + Gateway + Reseller;
}
