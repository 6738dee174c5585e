using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>The headers of every kind of answer, and those that must not be there.</summary>
public sealed class HeaderTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    public static TheoryData<string> Paths => [.. Ask.Paths];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_whole_answer_says_what_is_left_after_its_charge(string path)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(5_000));
        var model = gateway.FreshModel("one");

        var answer = await client.AskAsync(path, Ask.For(path, model));

        HasCommonHeaders(answer.Expect(200), path);
        Assert.Equal(model, answer.Header("X-Arda-Selected-Model"));
        Assert.StartsWith("gen_", answer.Header("X-Arda-Generation-Id"), StringComparison.Ordinal);
        Assert.Equal("4999", answer.Header("X-Gateway-Balance-Cents"));
        Assert.Equal(4_999, (await client.BalanceAsync()).CentsFloor);
        Assert.Equal("application/json", answer.Header("Content-Type"));
        Absent(answer, "X-Gateway-Balance-Warning", "X-Arda-Routing-Class", "Retry-After");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_stream_says_what_is_left_after_its_hold(string path)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(5_000));
        var model = gateway.FreshModel("one");
        // 10,000 tokens of the answer at 4 micro-dollars are four cents, and there is a prompt too.
        var body = Ask.For(path, model, stream: true).With(Ask.LimitOf(path), 10_000);

        var answer = await client.AskAsync(path, body);

        HasCommonHeaders(answer.Expect(200), path);
        Assert.Equal(model, answer.Header("X-Arda-Selected-Model"));
        Assert.Equal("4995", answer.Header("X-Gateway-Balance-Cents"));
        Assert.Equal("text/event-stream", answer.Header("Content-Type"));
        var hold = (string)(await client.ReceiptAsync(answer))["hold_nano_usd"]!;
        Assert.Equal(
            4_995,
            (
                NanoUsd.FromCents(5_000)
                - new NanoUsd(long.Parse(hold, CultureInfo.InvariantCulture))
            ).CentsFloor
        );
        Assert.Equal(4_999, (await client.BalanceAsync()).CentsFloor);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_refusal_says_what_was_known_by_then(string path)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(5_000));
        var model = gateway.FreshModel("one");
        gateway.Upstream.On("first", model, http => Answers.Status(http, 400));

        var answer = await client.AskAsync(path, Ask.For(path, model));

        HasCommonHeaders(answer.Expect(400), path);
        Assert.Equal("false", answer.Header("x-should-retry"));
        Assert.Equal("5000", answer.Header("X-Gateway-Balance-Cents"));
        Assert.Equal(model, answer.Header("X-Arda-Selected-Model"));
        Assert.StartsWith("gen_", answer.Header("X-Arda-Generation-Id"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Who_is_not_known_is_told_nothing_of_balance_limit_or_model(string path)
    {
        using var sent = await gateway.Host.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Headers = { { "Authorization", "Bearer gw_sk_unknown" } },
                Content = new StringContent(
                    Ask.For(path, "one/1").ToJsonString(),
                    System.Text.Encoding.UTF8,
                    "application/json"
                ),
            },
            TestContext.Current.CancellationToken
        );
        var answer = await PaidAnswer.ReadAsync(sent);

        answer.Expect(401);
        Assert.Equal("reconnect", (string?)answer.Error["gateway"]!["action"]);
        Assert.StartsWith("req_", answer.Header("x-request-id"), StringComparison.Ordinal);
        Absent(
            answer,
            "X-Gateway-Balance-Cents",
            "X-Gateway-Balance-Warning",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-Arda-Selected-Model",
            "X-Arda-Generation-Id"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_the_scope_no_answer_tells_the_balance(bool stream)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(5), [Scopes.Inference]);
        var model = gateway.FreshModel("one");

        var good = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model, stream: stream));
        var bad = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, "secret", new string('a', 200_000), stream).With("max_tokens", 9_000)
        );

        good.Expect(200);
        bad.Expect(402);
        foreach (var answer in new[] { good, bad })
        {
            Absent(answer, "X-Gateway-Balance-Cents", "X-Gateway-Balance-Warning");
        }

        Assert.Null(bad.Error["gateway"]!["balance_cents"]);
        Assert.Null(bad.Error["gateway"]!["shortfall_cents"]);
        Assert.Null(bad.Error["gateway"]!["affordable_max_tokens"]);
    }

    [Theory]
    [InlineData(Ask.Chat)]
    [InlineData(Ask.Messages)]
    [InlineData("/v1/messages/count_tokens")]
    [InlineData("/v1/embeddings")]
    public async Task A_body_that_cannot_be_read_is_refused_with_the_balance(string path)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(500));
        await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, gateway.FreshModel("one")));
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent("text"),
            Headers = { { "Authorization", "Bearer " + client.Secret } },
        };
        using var sent = await gateway.Host.Client.SendAsync(
            request,
            TestContext.Current.CancellationToken
        );
        var answer = await PaidAnswer.ReadAsync(sent);
        Assert.Equal("499", answer.Expect(415).Header("X-Gateway-Balance-Cents"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_small_balance_is_called_low(bool stream)
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(99));
        var answer = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, gateway.FreshModel("one"), stream: stream)
        );
        Assert.Equal("low", answer.Expect(200).Header("X-Gateway-Balance-Warning"));
    }

    [Theory]
    [InlineData(Ask.Chat, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")]
    [InlineData(Ask.Responses, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")]
    [InlineData(
        Ask.Messages,
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset"
    )]
    public async Task A_rate_that_is_used_up_is_429_with_the_time_to_wait(
        string path,
        string remaining,
        string reset
    )
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(500), requestsPerMinute: 2);
        var model = gateway.FreshModel("one");
        var body = Ask.For(path, model);
        var first = await client.AskAsync(path, body);
        await client.AskAsync(path, body);
        var third = await client.AskAsync(path, body);

        Assert.Equal("2", first.Expect(200).Header("X-RateLimit-Limit"));
        Assert.Equal("1", first.Header("X-RateLimit-Remaining"));
        third.Expect(429);
        Assert.Equal("499", third.Header("X-Gateway-Balance-Cents"));
        Assert.Equal(
            path == Ask.Messages ? "rate_limit_error" : "requests",
            (string?)third.Error["type"]
        );
        Assert.Equal("rate_limited", (string?)third.Error["gateway"]!["code"]);
        Assert.Equal("wait", (string?)third.Error["gateway"]!["action"]);
        Assert.Equal("0", third.Header("X-RateLimit-Remaining"));
        Assert.Equal("0", third.Header(remaining));
        Assert.NotNull(third.Header(reset));
        Assert.InRange(
            int.Parse(third.Header("Retry-After")!, CultureInfo.InvariantCulture),
            1,
            60
        );
        Assert.Equal("true", third.Header("x-should-retry"));
        Assert.Equal(2, gateway.Upstream.Of(model).Count);
    }

    [Fact]
    public async Task A_key_without_the_right_to_spend_is_told_which_scope_it_lacks()
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(500), [Scopes.BalanceRead]);
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, "one/1"));

        Assert.Equal("insufficient_scope", answer.Expect(403).Code);
        Assert.Equal("permission_denied", (string?)answer.Error["type"]);
        Assert.Equal(
            "inference",
            (string?)Assert.Single(answer.Error["gateway"]!["missing_scopes"]!.AsArray())
        );
        Assert.Equal("reconnect", (string?)answer.Error["gateway"]!["action"]);
    }

    private static void HasCommonHeaders(PaidAnswer answer, string path)
    {
        var id = answer.Header("x-request-id");
        Assert.StartsWith("req_", id, StringComparison.Ordinal);
        Assert.Equal(id, answer.Header("request-id"));
        Assert.Equal("1000000", answer.Header("X-RateLimit-Limit"));
        Assert.Equal("999999", answer.Header("X-RateLimit-Remaining"));
        var own =
            path == Ask.Messages
                ? "anthropic-ratelimit-requests-limit"
                : "x-ratelimit-limit-requests";
        Assert.Equal("1000000", answer.Header(own));
    }

    private static void Absent(PaidAnswer answer, params string[] names) =>
        Assert.All(names, name => Assert.Null(answer.Header(name)));
}
