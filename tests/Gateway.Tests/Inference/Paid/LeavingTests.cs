using Arda.Gateway.Tests.Crash;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Who hangs up in the middle pays for what was written until then, in every dialect, and
/// the provider is told to stop.</summary>
public sealed class LeavingTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private const int TimesMax = 10;

    [Theory]
    [InlineData(Ask.Chat, null)]
    [InlineData(Ask.Messages, null)]
    [InlineData(Ask.Responses, null)]
    [InlineData(Ask.Chat, "messages")]
    [InlineData(Ask.Messages, "messages")]
    [InlineData(Ask.Responses, "responses")]
    public async Task A_client_that_leaves_is_charged_for_what_it_could_hear(
        string path,
        string? named
    )
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = named ?? gateway.FreshModel("one");
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                using var left = http.RequestAborted.Register(stopped.SetResult);
                await Begun(named)(http);
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
        );

        string? generation;
        using (
            var running = await client.SendAsync(
                path,
                Ask.For(path, model, stream: true).With(Ask.LimitOf(path), 10_000).ToJsonString()
            )
        )
        {
            generation = running.Headers.GetValues("X-Arda-Generation-Id").Single();
            await StreamRig.ReadUntilAsync(running, EndlessAnswers.Words);
        }

        await stopped.Task.WaitAsync(TestContext.Current.CancellationToken);
        var receipt = await client.ReceiptOfAsync(generation);
        Assert.Equal("client_disconnected", (string?)receipt["outcome"]);
        Assert.Equal("counted", (string?)receipt["usage_source"]);
        // At four bytes a token, what the provider wrote before it was told.
        Assert.InRange(
            (long)receipt["usage"]!["output"]!,
            EndlessAnswers.Words.Length / 4,
            EndlessAnswers.Words.Length * TimesMax / 4
        );
        Assert.Equal(
            (string?)receipt["total_nano_usd"],
            (before - await client.BalanceAsync()).Value.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            )
        );
    }

    private static Func<HttpContext, Task> Begun(string? named) =>
        named switch
        {
            "messages" => http => EndlessAnswers.Message(http, TimesMax),
            "responses" => http => EndlessAnswers.Response(http, TimesMax),
            _ => http => EndlessAnswers.Chat(http, TimesMax),
        };
}
