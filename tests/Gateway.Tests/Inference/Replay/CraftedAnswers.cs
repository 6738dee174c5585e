using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// Answers whose usage the shelf has no recording of, written by the vendors' own documents: every
/// class that has a price, both sides of each tier, the dearer service tiers.
/// </summary>
internal static class CraftedAnswers
{
    private static readonly Dictionary<string, Recording> s_all = new[]
    {
        Chat(
            "tier-200-below",
            """{"prompt_tokens":199,"completion_tokens":7,"total_tokens":206}"""
        ),
        Chat("tier-200-at", """{"prompt_tokens":200,"completion_tokens":7,"total_tokens":207}"""),
        Chat(
            "tier-200k-below",
            """{"prompt_tokens":199999,"completion_tokens":901,"total_tokens":200900,"prompt_tokens_details":{"cached_tokens":128000}}"""
        ),
        Chat(
            "tier-200k-at",
            """{"prompt_tokens":200000,"completion_tokens":901,"total_tokens":200901,"prompt_tokens_details":{"cached_tokens":128000}}"""
        ),
        Chat("nothing", """{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"""),
        Chat("one-token", """{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}"""),
        Chat(
            "all-classes",
            """
            {"prompt_tokens":5003,"completion_tokens":401,"total_tokens":5404,
             "prompt_tokens_details":{"cached_tokens":1001,"cache_write_tokens":703,"audio_tokens":307,"image_tokens":211},
             "completion_tokens_details":{"reasoning_tokens":101,"image_tokens":53}}
            """
        ),
        Chat(
            "reasoning-outside",
            """
            {"prompt_tokens":12,"completion_tokens":9,"total_tokens":311,
             "completion_tokens_details":{"reasoning_tokens":290}}
            """
        ),
        Chat(
            "cache-hit-tokens",
            """{"prompt_tokens":1200,"completion_tokens":9,"total_tokens":1209,"prompt_cache_hit_tokens":1024,"prompt_cache_miss_tokens":176}"""
        ),
        Chat(
            "priority",
            """{"prompt_tokens":1003,"completion_tokens":77,"total_tokens":1080}""",
            "priority"
        ),
        Chat(
            "flex",
            """{"prompt_tokens":1003,"completion_tokens":77,"total_tokens":1080}""",
            "flex"
        ),
        Responses(
            """
            {"input_tokens":3001,"output_tokens":402,"total_tokens":3403,
             "input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":512},
             "output_tokens_details":{"reasoning_tokens":256}}
            """
        ),
        Messages(
            "all-classes",
            """
            {"input_tokens":17,"cache_creation_input_tokens":3003,"cache_read_input_tokens":2005,
             "cache_creation":{"ephemeral_5m_input_tokens":2002,"ephemeral_1h_input_tokens":1001},
             "output_tokens":909,"output_tokens_details":{"thinking_tokens":808},
             "server_tool_use":{"web_search_requests":4},"service_tier":"standard"}
            """
        ),
        Messages(
            "writes-without-split",
            """{"input_tokens":5,"cache_creation_input_tokens":1163,"cache_read_input_tokens":0,"output_tokens":187,"service_tier":"priority"}"""
        ),
        Messages(
            "long-by-cache",
            """{"input_tokens":3,"cache_creation_input_tokens":1,"cache_read_input_tokens":200000,"output_tokens":3}"""
        ),
        Gemini(
            """
            {"promptTokenCount":4001,"cachedContentTokenCount":1000,"toolUsePromptTokenCount":333,
             "candidatesTokenCount":1290,"thoughtsTokenCount":555,"totalTokenCount":6179,
             "promptTokensDetails":[{"modality":"TEXT","tokenCount":1901},{"modality":"AUDIO","tokenCount":1100},{"modality":"IMAGE","tokenCount":1000}],
             "candidatesTokensDetails":[{"modality":"TEXT","tokenCount":190},{"modality":"IMAGE","tokenCount":1100}]}
            """
        ),
    }.ToDictionary(one => one.Id, StringComparer.Ordinal);

    public static IEnumerable<string> Ids => s_all.Keys;

    public static Recording At(string id, PriceList price) =>
        s_all[id] with
        {
            Id = $"{id}-{price.Name}",
        };

    public static IEnumerable<(Recording Recording, PriceList Price)> AtAllPrices =>
        Ids.SelectMany(id => PriceLists.All.Select(price => (At(id, price), price)));

    private static Recording Chat(string name, string usage, string? tier = null) =>
        Made(
            "openai/chat-" + name,
            "openai.chat",
            $$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m",
             "service_tier":{{(tier is null ? "null" : $"\"{tier}\"")}},
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],
             "usage":{{usage}}
            }
            """
        );

    private static Recording Responses(string usage) =>
        Made(
            "openai/responses-searched",
            "openai.responses",
            $$"""
            {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m",
             "service_tier":"priority",
             "output":[
              {"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"a"} },
              {"id":"ws_2","type":"web_search_call","status":"completed","action":{"type":"search","query":"b"} },
              {"id":"msg_1","type":"message","role":"assistant","status":"completed",
               "content":[{"type":"output_text","text":"Hi.","annotations":[]}]}],
             "usage":{{usage}}
            }
            """
        );

    private static Recording Messages(string name, string usage) =>
        Made(
            "anthropic/messages-" + name,
            "anthropic.messages",
            $$"""
            {"id":"msg_1","type":"message","role":"assistant","model":"m",
             "content":[{"type":"text","text":"Hi."}],"stop_reason":"end_turn","stop_sequence":null,
             "usage":{{usage}}
            }
            """
        );

    private static Recording Gemini(string usage) =>
        Made(
            "gemini/all-classes",
            "gemini.generateContent",
            $$"""
            {"candidates":[{"index":0,"finishReason":"STOP",
              "content":{"role":"model","parts":[{"text":"Hi."}]} }],
             "modelVersion":"m","responseId":"r","usageMetadata":{{usage}}
            }
            """
        );

    private static Recording Made(string id, string api, string body) =>
        new()
        {
            Id = id,
            Provider = id.Split('/')[0],
            Api = api,
            Stream = false,
            Status = 200,
            Headers = new Dictionary<string, string>(StringComparer.Ordinal),
            Body = Encoding.UTF8.GetBytes(JsonNode.Parse(body)!.ToJsonString()),
            Events = [],
        };
}

/// <summary>Each of them at each price list.</summary>
public sealed class CraftedGateway() : RecordedGateway(CraftedAnswers.AtAllPrices);
