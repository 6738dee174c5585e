using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What scripted providers say. Each used 10 prompt tokens and 5 of the answer.</summary>
internal static class Answers
{
    private const string Usage = """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""";

    public static Task Chat(HttpContext http, bool stream) =>
        stream
            ? Events(http, ChatChunk("Hi."), ChatEnd, "[DONE]")
            : Json(
                http,
                200,
                $$"""
                {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m",
                 "choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],
                 "usage":{{Usage}} }
                """
            );

    public static string ChatChunk(string text) =>
        $$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"{{text}}"},"finish_reason":null}]}""";

    public static string ChatEnd =>
        $$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{{Usage}} }""";

    public static Task Message(HttpContext http, bool stream) =>
        stream
            ? NamedEvents(
                http,
                """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}""",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi."}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}""",
                """{"type":"message_stop"}"""
            )
            : Json(
                http,
                200,
                """
                {"id":"msg_1","type":"message","role":"assistant","model":"m",
                 "content":[{"type":"text","text":"Hi."}],"stop_reason":"end_turn","stop_sequence":null,
                 "usage":{"input_tokens":10,"output_tokens":5}}
                """
            );

    public static Task Response(HttpContext http) =>
        Json(
            http,
            200,
            """
            {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m",
             "output":[{"id":"msg_1","type":"message","role":"assistant","status":"completed",
              "content":[{"type":"output_text","text":"Hi.","annotations":[]}]}],
             "usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}
            """
        );

    public static Task Status(HttpContext http, int status) =>
        Json(
            http,
            status,
            """{"error":{"message":"Words of the vendor.","type":"vendor_error","code":null}}"""
        );

    public static Task Json(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body, http.RequestAborted);
    }

    public static Task Page(HttpContext http)
    {
        http.Response.ContentType = "text/html";
        return http.Response.WriteAsync("<html>It works!</html>", http.RequestAborted);
    }

    public static async Task Events(HttpContext http, params string[] data)
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var one in data)
        {
            await http.Response.WriteAsync($"data: {one}\n\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    /// <summary>Half a body, and the connection is gone.</summary>
    public static async Task Cut(HttpContext http, string type, string begun)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = Encoding.UTF8.GetByteCount(begun) + 1_000;
        await http.Response.WriteAsync(begun, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
    }

    /// <summary>An event under the name that its type is.</summary>
    public static string Named(string json) =>
        $"event: {JsonNode.Parse(json)!["type"]}\ndata: {json}\n\n";

    private static async Task NamedEvents(HttpContext http, params string[] events)
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var one in events)
        {
            await http.Response.WriteAsync(Named(one), http.RequestAborted);
        }
    }
}
