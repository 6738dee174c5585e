using System.Text;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Requests that are right, for mutations to begin with: every part of each dialect that
/// the gateway reads is in one of them.</summary>
internal static class ValidRequests
{
    private const string Tools =
        """"tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}],"tool_choice":"auto","parallel_tool_calls":false"""";

    private static readonly (string Path, string Json)[] s_texts =
    [
        (
            "/v1/chat/completions",
            """{"model":"simulated/chat","max_tokens":16,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}"""
        ),
        (
            "/v1/chat/completions",
            """{"model":"arda/auto","max_completion_tokens":16,"routing":{"mode":"balanced","intent":"code"},"messages":[{"role":"user","content":"Sort a list"}],"stream":true,"stream_options":{"include_usage":true}}"""
        ),
        (
            "/v1/chat/completions",
            """{"model":"simulated/anthropic-only","max_tokens":16,"temperature":0.5,"top_p":0.9,"stop":["x"],"messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]}],"""
                + Tools
                + "}"
        ),
        (
            "/v1/chat/completions",
            """{"model":"simulated/gemini-only","max_tokens":24,"stream":true,"messages":[{"role":"user","content":"weather in Paris"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"rain"}],"""
                + Tools
                + "}"
        ),
        (
            "/v1/chat/completions",
            """{"model":"simulated/reasoner","max_tokens":64,"reasoning_effort":"low","n":1,"seed":7,"logprobs":true,"top_logprobs":2,"user":"u","messages":[{"role":"developer","content":"d"},{"role":"user","content":"Think"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false}}}}"""
        ),
        (
            "/v1/messages",
            """{"model":"simulated/chat","max_tokens":16,"system":"Be brief.","messages":[{"role":"user","content":"Hello"}]}"""
        ),
        (
            "/v1/messages",
            """{"model":"simulated/openai-chat-only","max_tokens":32,"stream":true,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],"stop_sequences":["y"],"temperature":1,"top_k":5,"metadata":{"user_id":"u"},"messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}"""
        ),
        (
            "/v1/messages",
            """{"model":"simulated/reasoner","max_tokens":2048,"stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"weather in Oslo [simulate: tokens=8, reasoning=4]"}],"tools":[{"name":"weather","description":"d","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"""
        ),
        (
            "/v1/messages",
            """{"model":"simulated/gemini-only","max_tokens":16,"messages":[{"role":"user","content":"weather"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"weather","input":{"city":"Oslo"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"snow"}],"is_error":false}]}],"tools":[{"name":"weather","input_schema":{"type":"object"}}]}"""
        ),
        (
            "/v1/messages/count_tokens",
            """{"model":"simulated/chat","system":"s","messages":[{"role":"user","content":"How many?"}]}"""
        ),
        (
            "/v1/embeddings",
            """{"model":"simulated/embed","input":["one","two"],"encoding_format":"base64","dimensions":8,"user":"u"}"""
        ),
        ("/v1/embeddings", """{"model":"simulated/embed","input":[[1,2,3],[4]]}"""),
    ];

    private static readonly (string Path, string Json)[] s_responses =
    [
        (
            "/v1/responses",
            """{"model":"simulated/chat","max_output_tokens":16,"instructions":"Be brief.","input":"Hello"}"""
        ),
        (
            "/v1/responses",
            """{"model":"simulated/anthropic-only","max_output_tokens":32,"stream":true,"store":false,"input":[{"role":"user","content":[{"type":"input_text","text":"weather"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]},{"type":"function_call","call_id":"c1","name":"weather","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"rain"}],"tools":[{"type":"function","name":"weather","parameters":{"type":"object"},"strict":false}],"text":{"format":{"type":"text"}}}"""
        ),
        (
            "/v1/responses",
            """{"model":"simulated/reasoner","max_output_tokens":64,"reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],"input":[{"type":"message","role":"user","content":"Think"}]}"""
        ),
    ];

    public static IReadOnlyList<(string Path, byte[] Body)> All { get; } =
    [.. s_texts.Concat(s_responses).Select(one => (one.Path, Encoding.UTF8.GetBytes(one.Json)))];
}
