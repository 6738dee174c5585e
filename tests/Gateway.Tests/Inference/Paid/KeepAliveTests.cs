using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>A silent model: its clients hear something, and what goes wrong then is told inside the
/// stream.</summary>
public sealed class KeepAliveTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private static readonly (string, string) s_late = ("X-Arda-Simulate", "first-token-ms=2500");

    [Theory]
    [InlineData(Ask.Chat, ": ")]
    [InlineData(Ask.Responses, ": ")]
    [InlineData(Ask.Messages, "event: ping\ndata: {")]
    public async Task Before_the_first_word_the_client_is_kept_alive(string path, string begins)
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(
            path,
            Ask.For(path, "simulated/chat", stream: true).With(Ask.LimitOf(path), 4_000),
            s_late
        );
        Assert.StartsWith(begins, answer.Expect(200).Text, StringComparison.Ordinal);
        Assert.Equal("simulated/chat", answer.Header("X-Arda-Selected-Model"));
        var events = EventText.All(answer.Text).Where(one => one.Name != "ping").ToList();
        Assert.Equal(NormalAnswer.Stopped, NormalAnswer.Read(Ask.ApiOf(path), null, events).Stop);
    }

    [Theory]
    [InlineData(Ask.Chat)]
    [InlineData(Ask.Responses)]
    [InlineData(Ask.Messages)]
    public async Task After_that_a_failure_is_told_in_the_stream_and_is_free(string path)
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("one");
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2.5), http.RequestAborted);
                await Answers.Status(http, 500);
            }
        );

        var answer = await client.AskAsync(path, Ask.For(path, model, stream: true));

        var events = EventText.All(answer.Expect(200).Text);
        var last = events[^1].Json;
        var error = last["response"]?["error"] ?? last["error"] ?? last;
        Assert.Equal("provider_unavailable", (string?)error["gateway"]!["code"]);
        Assert.DoesNotContain(events, one => one.IsTerminator || one.Name == "message_stop");
        Assert.Equal(before, await client.BalanceAsync());
    }

    [Fact]
    public async Task After_that_another_offer_of_the_same_model_may_still_answer()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("two");
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2.5), http.RequestAborted);
                await Answers.Status(http, 500);
            }
        );

        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model, stream: true));

        Assert.StartsWith(": ", answer.Expect(200).Text, StringComparison.Ordinal);
        Assert.True(EventText.All(answer.Text)[^1].IsTerminator);
        var receipt = await client.ReceiptAsync(answer);
        Assert.StartsWith("second-", (string?)receipt["provider"], StringComparison.Ordinal);
    }
}
