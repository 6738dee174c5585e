using System.Text;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Providers that write on and on until they are hung up on, in each dialect.</summary>
internal static class EndlessAnswers
{
    public const string Words = "four words and more ";

    public static Task Chat(HttpContext http, int timesMax = int.MaxValue) =>
        Repeat(http, timesMax, [], $"data: {Answers.ChatChunk(Words)}\n\n");

    public static Task Message(HttpContext http, int timesMax = int.MaxValue) =>
        Repeat(
            http,
            timesMax,
            [
                """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}""",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            ],
            $$$"""
            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{Words}}}"}}


            """
        );

    public static Task Response(HttpContext http, int timesMax = int.MaxValue) =>
        Repeat(
            http,
            timesMax,
            [
                """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[]}}""",
                """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}}""",
                """{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}""",
            ],
            $$"""
            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"{{Words}}"}


            """
        );

    private static async Task Repeat(HttpContext http, int timesMax, string[] before, string always)
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var one in before)
        {
            await http.Response.WriteAsync(Answers.Named(one), http.RequestAborted);
        }

        var bytes = Encoding.UTF8.GetBytes(always.ReplaceLineEndings("\n"));
        for (var i = 0; i < timesMax; i++)
        {
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }
}
