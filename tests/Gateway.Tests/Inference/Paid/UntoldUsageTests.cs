using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>A host that says no usage: what was counted and charged is told in its place.</summary>
public sealed class UntoldUsageTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private const string Response =
        """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi there.","annotations":[]}]}]""";

    private const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi there."}],"stop_reason":"end_turn","stop_sequence":null""";

    private const string Completion =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there."},"finish_reason":"stop"}]""";

    [Theory]
    [InlineData(Ask.Chat, null, Completion, "completion_tokens")]
    [InlineData(Ask.Messages, "messages", Message, "output_tokens")]
    [InlineData(Ask.Responses, "responses", Response, "output_tokens")]
    public async Task A_whole_answer_tells_what_was_charged(
        string path,
        string? named,
        string said,
        string output
    )
    {
        var model = named ?? gateway.FreshModel("one");
        foreach (var end in (string[])["}", ""","usage":null}"""])
        {
            gateway.Upstream.On("first", model, http => Answers.Json(http, 200, said + end));

            await TellsItsChargeAsync(path, model, stream: false, text => text, output);
        }
    }

    [Theory]
    [InlineData("}")]
    [InlineData(""","usage":null}""")]
    public async Task A_response_stream_tells_it_with_its_end(string end)
    {
        gateway.Upstream.On(
            "first",
            "responses",
            http =>
                EventsAsync(
                    http,
                    """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[]}}""",
                    """{"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi there."}""",
                    $$"""{"type":"response.completed","sequence_number":2,"response":{{Response}}{{end}}}"""
                )
        );

        await TellsItsChargeAsync(
            Ask.Responses,
            "responses",
            stream: true,
            text => DataOf(text, "response.completed")["response"]!.ToJsonString(),
            "output_tokens"
        );
    }

    [Theory]
    [InlineData("}")]
    [InlineData(""","usage":null}""")]
    public async Task A_message_stream_tells_it_with_its_stop_reason(string end)
    {
        gateway.Upstream.On(
            "first",
            "messages",
            http =>
                EventsAsync(
                    http,
                    """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null}}""",
                    """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                    """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi there."}}""",
                    """{"type":"content_block_stop","index":0}""",
                    """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}"""
                        + end,
                    """{"type":"message_stop"}"""
                )
        );

        await TellsItsChargeAsync(
            Ask.Messages,
            "messages",
            stream: true,
            text => DataOf(text, "message_delta").ToJsonString(),
            "output_tokens"
        );
    }

    private async Task TellsItsChargeAsync(
        string path,
        string model,
        bool stream,
        Func<string, string> holder,
        string output
    )
    {
        var client = await gateway.ClientAsync();

        var answer = await client.AskAsync(path, Ask.For(path, model, stream: stream));

        var usage = JsonNode.Parse(holder(answer.Expect(200).Text))!["usage"]!;
        var receipt = await client.ReceiptAsync(answer);
        var charged = decimal.Parse(
            (string)receipt["total_nano_usd"]!,
            CultureInfo.InvariantCulture
        );
        Assert.True(charged > 0);
        Assert.Equal(charged / 1_000_000_000, (decimal)usage["cost"]!);
        Assert.Equal((long)receipt["usage"]!["output"]!, (long)usage[output]!);
        Assert.Equal("counted", (string?)receipt["usage_source"]);
    }

    private static JsonNode DataOf(string events, string type) =>
        JsonNode.Parse(
            events
                .Split('\n')
                .Single(line =>
                    line.StartsWith("data: ", StringComparison.Ordinal)
                    && line.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal)
                )[6..]
        )!;

    private static async Task EventsAsync(HttpContext http, params string[] events)
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var one in events)
        {
            await http.Response.WriteAsync(Answers.Named(one), http.RequestAborted);
        }
    }
}
