using System.Text;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Answers that providers really give, for mutations to begin with: a few of our own, and
/// all recordings where they are beside the checkout.</summary>
internal static class UpstreamScripts
{
    private const string Event = "data: ";

    // Made late: the texts below have to be there first.
    private static readonly Lazy<ILookup<(string Api, bool Stream), IReadOnlyList<byte[]>>> s_all =
        new(() =>
            Own().Concat(Recorded()).ToLookup(one => (one.Api, one.Stream), one => one.Events)
        );

    /// <summary>By protocol and by whether it is streamed; a stream is a list of events.</summary>
    public static ILookup<(string Api, bool Stream), IReadOnlyList<byte[]>> All => s_all.Value;

    private static IEnumerable<(
        string Api,
        bool Stream,
        IReadOnlyList<byte[]> Events
    )> Recorded() =>
        Recording.All.Select(one =>
            (
                one.Api,
                one.Stream,
                (IReadOnlyList<byte[]>)(
                    one.Stream && one.Events.Count > 0
                        ? [.. one.Events.Select(Bytes)]
                        : new[] { one.Body }
                )
            )
        );

    private static IEnumerable<(string Api, bool Stream, IReadOnlyList<byte[]> Events)> Own() =>
        [
            ("openai.chat", false, [Bytes(ChatWhole)]),
            ("openai.chat", true, [.. Chat.Select(one => Bytes(Event + one))]),
            ("anthropic.messages", false, [Bytes(MessagesWhole)]),
            ("anthropic.messages", true, [.. Messages.Select(Typed)]),
            ("gemini.generateContent", false, [Bytes(GeminiWhole)]),
            (
                "gemini.generateContent",
                true,
                [Bytes(Event + GeminiPart), Bytes(Event + GeminiWhole)]
            ),
            ("openai.responses", false, [Bytes(ResponsesWhole)]),
            ("openai.responses", true, [.. Responses.Select(Typed)]),
            ("openai.embeddings", false, [Bytes(Embeddings)]),
        ];

    private const string Embeddings =
        """{"object":"list","model":"up","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2,0.3,0.4]}],"usage":{"prompt_tokens":3,"total_tokens":3}}""";

    private const string ChatWhole =
        """{"id":"c1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning_content":"hm","tool_calls":[{"id":"t1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}""";

    private static readonly string[] Chat =
    [
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""",
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}""",
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}]}""",
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Oslo\"}"}}]},"finish_reason":null}]}""",
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""",
        """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}""",
        "[DONE]",
    ];

    private const string MessagesWhole =
        """{"id":"m1","type":"message","role":"assistant","model":"up","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"Hi"},{"type":"tool_use","id":"t1","name":"weather","input":{"city":"Oslo"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":12}}""";

    private static readonly string[] Messages =
    [
        """{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Oslo\"}"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":12}}""",
        """{"type":"message_stop"}""",
    ];

    private const string GeminiPart =
        """{"candidates":[{"content":{"parts":[{"text":"hm","thought":true,"thoughtSignature":"c2ln"},{"text":"Hel"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"up","responseId":"g1"}""";

    private const string GeminiWhole =
        """{"candidates":[{"content":{"parts":[{"text":"lo"},{"functionCall":{"name":"weather","args":{"city":"Oslo"}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":10,"thoughtsTokenCount":2,"totalTokenCount":21},"modelVersion":"up","responseId":"g1"}""";

    private const string ResponsesWhole =
        """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"up","output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"c2ln"},{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]},{"id":"fc_1","type":"function_call","status":"completed","call_id":"t1","name":"weather","arguments":"{}"}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":21}}""";

    private static readonly string[] Responses =
    [
        """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"up","output":[]}}""",
        """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}""",
        """{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}""",
        """{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi"}""",
        """{"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"text":"Hi"}""",
        """{"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}}""",
        """{"type":"response.completed","sequence_number":6,"response":""" + ResponsesWhole + "}",
    ];

    private static byte[] Typed(string json)
    {
        var type = json[9..json.IndexOf('"', 9)];
        return Bytes($"event: {type}\ndata: {json}");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
