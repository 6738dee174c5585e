using System.Globalization;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Inference.Independent;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Streams of providers that do not stop by themselves: they end in the dialect's own way
/// when the money is used up, and nobody is charged more than was held.</summary>
public sealed class RunningOutTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    [Theory]
    [InlineData(Ask.Chat, null)]
    [InlineData(Ask.Messages, null)]
    [InlineData(Ask.Responses, null)]
    [InlineData(Ask.Chat, "responses")]
    [InlineData(Ask.Messages, "responses")]
    [InlineData(Ask.Responses, "responses")]
    public async Task A_balance_that_is_used_up_ends_the_stream_with_length(
        string path,
        string? named
    )
    {
        var client = await gateway.ClientAsync(new NanoUsd(4_000_000));
        var body = Without(Ask.LimitOf(path), Ask.For(path, EndlessModel(named), stream: true));

        var answer = await client.AskAsync(path, body);

        EndsWithLength(answer, path);
        Assert.NotNull(answer.Header("X-Arda-Max-Tokens-Applied"));
        Assert.True(await client.BalanceAsync() >= NanoUsd.Zero);
        await IsPaidWithinItsHoldAsync(client, answer);
    }

    [Theory]
    [InlineData(Ask.Chat, null)]
    [InlineData(Ask.Messages, null)]
    [InlineData(Ask.Responses, null)]
    [InlineData(Ask.Chat, "messages")]
    [InlineData(Ask.Messages, "messages")]
    [InlineData(Ask.Responses, "messages")]
    [InlineData(Ask.Responses, "responses")]
    public async Task A_provider_that_ignores_the_limit_is_cut_and_paid_no_more_than_was_held(
        string path,
        string? named
    )
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(path, EndlessModel(named), stream: true).With(Ask.LimitOf(path), 64);

        var answer = await client.AskAsync(path, body);

        EndsWithLength(answer, path);
        Assert.Null(answer.Header("X-Arda-Max-Tokens-Applied"));
        await IsPaidWithinItsHoldAsync(client, answer);
    }

    private string EndlessModel(string? named)
    {
        var model = named ?? gateway.FreshModel("one");
        Func<HttpContext, Task> endless = named switch
        {
            "messages" => http => EndlessAnswers.Message(http),
            "responses" => http => EndlessAnswers.Response(http),
            _ => http => EndlessAnswers.Chat(http),
        };
        gateway.Upstream.On("first", model, endless);
        return model;
    }

    private static JsonObject Without(string name, JsonObject body)
    {
        body.Remove(name);
        return body;
    }

    private static void EndsWithLength(PaidAnswer answer, string path)
    {
        var events = EventText.All(answer.Expect(200).Text);
        var told = NormalAnswer.Read(Ask.ApiOf(path), null, events);
        Assert.Equal(NormalAnswer.Length, told.Stop);
        Assert.StartsWith(EndlessAnswers.Words, told.Text, StringComparison.Ordinal);
        var last = events[^1].IsTerminator ? events[^1].Data : events[^1].Name;
        Assert.Equal(
            path switch
            {
                Ask.Messages => "message_stop",
                Ask.Responses => "response.incomplete",
                _ => "[DONE]",
            },
            last
        );
        if (path == Ask.Messages)
        {
            // Anthropic's clients throw on a second start and wait for the end of each block.
            Assert.Single(events, one => one.Name == "message_start");
            Assert.Equal("content_block_stop", events[^3].Name);
        }
    }

    private static async Task IsPaidWithinItsHoldAsync(PaidClient client, PaidAnswer answer)
    {
        var receipt = await client.ReceiptAsync(answer);
        Assert.Equal("cut", (string?)receipt["outcome"]);
        Assert.Equal("counted", (string?)receipt["usage_source"]);
        Assert.InRange(AmountOf("total_nano_usd"), 1, AmountOf("hold_nano_usd"));
        Assert.Equal(0, AmountOf("absorbed_nano_usd"));

        long AmountOf(string name) =>
            long.Parse((string)receipt[name]!, CultureInfo.InvariantCulture);
    }
}
