using System.Globalization;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>One charge for one Idempotency-Key, however often it is sent.</summary>
public sealed class IdempotencyTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    private static (string, string) Once(string key) => ("Idempotency-Key", key);

    public static TheoryData<string, bool> Requests
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var path in Ask.Paths)
            {
                data.Add(path, false);
                data.Add(path, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_second_time_is_the_first_answer_again_and_free(string path, bool stream)
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        var body = Ask.For(path, model, stream: stream);
        var first = await client.AskAsync(path, body, Once("again"));
        var after = await client.BalanceAsync();

        var second = await client.AskAsync(path, body, Once("again"));

        Assert.Equal(first.Expect(200).Text, second.Expect(200).Text);
        Assert.Equal("true", second.Header("X-Arda-Idempotent-Replay"));
        Assert.Null(first.Header("X-Arda-Idempotent-Replay"));
        foreach (
            var name in (string[])["Content-Type", "X-Arda-Generation-Id", "X-Arda-Selected-Model"]
        )
        {
            Assert.Equal(first.Header(name), second.Header(name));
        }

        Assert.Equal(after, await client.BalanceAsync());
        Assert.Equal(
            after.CentsFloor.ToString(CultureInfo.InvariantCulture),
            second.Header("X-Gateway-Balance-Cents")
        );
        Assert.Single(gateway.Upstream.Of(model));
    }

    [Fact]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model), Once("one"));

        var other = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model, "Bye"), Once("one"));

        Assert.Equal("idempotency_mismatch", other.Expect(422).Code);
        Assert.Equal("false", other.Header("x-should-retry"));
        Assert.Single(gateway.Upstream.Of(model));
    }

    [Fact]
    public async Task The_same_key_of_another_payer_is_another_request()
    {
        var model = gateway.FreshModel("one");
        foreach (var client in new[] { await gateway.ClientAsync(), await gateway.ClientAsync() })
        {
            var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model), Once("mine"));
            Assert.Null(answer.Expect(200).Header("X-Arda-Idempotent-Replay"));
        }

        Assert.Equal(2, gateway.Upstream.Of(model).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_first_still_runs_the_second_is_told_to_wait(bool stream)
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Upstream.On(
            "first",
            model,
            async http =>
            {
                asked.SetResult();
                await release.Task;
                await Answers.Chat(http, stream);
            }
        );
        var body = Ask.For(Ask.Chat, model, stream: stream);
        var running = client.AskAsync(Ask.Chat, body, Once("busy"));
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);

        var second = await client.AskAsync(Ask.Chat, body, Once("busy"));
        release.SetResult();

        Assert.Equal("idempotency_in_flight", second.Expect(409).Code);
        Assert.Equal("true", second.Header("x-should-retry"));
        Assert.NotNull(second.Header("Retry-After"));
        (await running).Expect(200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_failure_the_same_key_runs_again(bool stream)
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        var body = Ask.For(Ask.Chat, model, stream: stream);
        gateway.Upstream.On("first", model, http => Answers.Status(http, 400));
        (await client.AskAsync(Ask.Chat, body, Once("retry"))).Expect(400);
        gateway.Upstream.On("first", model, http => Answers.Chat(http, stream));

        var second = await client.AskAsync(Ask.Chat, body, Once("retry"));

        Assert.Contains("Hi.", second.Expect(200).Text, StringComparison.Ordinal);
        Assert.Null(second.Header("X-Arda-Idempotent-Replay"));
    }

    [Fact]
    public async Task A_refusal_for_lack_of_money_does_not_use_up_the_key()
    {
        var client = await gateway.ClientAsync(NanoUsd.Zero);
        var body = Ask.For(Ask.Chat, gateway.FreshModel("one"));
        (await client.AskAsync(Ask.Chat, body, Once("poor"))).Expect(402);
        await client.GrantAsync(NanoUsd.FromCents(100));
        (await client.AskAsync(Ask.Chat, body, Once("poor"))).Expect(200);
    }

    [Fact]
    public async Task A_stream_that_broke_is_free_and_runs_again()
    {
        var client = await gateway.ClientAsync();
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("one");
        var body = Ask.For(Ask.Chat, model, stream: true);
        gateway.Upstream.On("first", model, http => Answers.Events(http, Answers.ChatChunk("One")));
        var broken = await client.AskAsync(Ask.Chat, body, Once("broken"));
        Assert.Contains("provider_unavailable", broken.Text, StringComparison.Ordinal);
        Assert.Equal(before, await client.BalanceAsync());
        gateway.Upstream.On("first", model, http => Answers.Chat(http, stream: true));

        var second = await client.AskAsync(Ask.Chat, body, Once("broken"));

        Assert.Contains("Hi.", second.Expect(200).Text, StringComparison.Ordinal);
    }
}
