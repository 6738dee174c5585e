using System.Globalization;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What a small balance can still buy, and how a refusal says it.</summary>
public sealed class AffordabilityTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    // At 4 micro-dollars a token of the answer, two cents are less than 5,000 of them.
    private static readonly NanoUsd s_twoCents = NanoUsd.FromCents(2);

    [Theory]
    [InlineData(Ask.Chat, "max_completion_tokens", "max_tokens")]
    [InlineData(Ask.Responses, "max_output_tokens", "max_tokens")]
    public async Task Without_a_limit_the_answer_is_capped_at_what_the_balance_affords(
        string path,
        string name,
        string sentAs
    )
    {
        var client = await gateway.ClientAsync(s_twoCents);
        var model = gateway.FreshModel("one");

        var answer = await client.AskAsync(path, Ask.For(path, model));

        var cap = long.Parse(
            answer.Expect(200).Header("X-Arda-Max-Tokens-Applied")!,
            CultureInfo.InvariantCulture
        );
        Assert.InRange(cap, 4_900, 4_999);
        var sent = Assert.Single(gateway.Upstream.Of(model)).Json;
        Assert.Equal(cap, (long)(sent[sentAs] ?? sent[name])!);
    }

    [Theory]
    [InlineData(2, null, 4_900, 4_999)]
    [InlineData(2, "null", 4_900, 4_999)]
    [InlineData(5_000, null, 10_000, 10_000)]
    public async Task Anthropic_is_told_the_limit_that_the_client_left_out(
        int cents,
        string? said,
        long least,
        long most
    )
    {
        var client = await gateway.ClientAsync(NanoUsd.FromCents(cents));
        var text = $"How long may this be, for {cents} cents and {said}?";
        var body = Ask.For(Ask.Messages, "messages", text);
        body.Remove("max_tokens");
        if (said is not null)
        {
            body.Add("max_tokens", JsonNode.Parse(said));
        }

        var answer = await client.AskAsync(Ask.Messages, body);

        var sent = Assert.Single(
            gateway.Upstream.Of("messages"),
            one => one.Body.Contains(text, StringComparison.Ordinal)
        );
        var limit = (long)sent.Json["max_tokens"]!;
        Assert.InRange(limit, least, most);
        Assert.Equal(
            limit < 10_000 ? limit.ToString(CultureInfo.InvariantCulture) : null,
            answer.Expect(200).Header("X-Arda-Max-Tokens-Applied")
        );
    }

    [Fact]
    public async Task A_rich_balance_caps_nothing_and_says_nothing()
    {
        var client = await gateway.ClientAsync();
        var model = gateway.FreshModel("one");
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model));
        Assert.Null(answer.Expect(200).Header("X-Arda-Max-Tokens-Applied"));
        Assert.Null(Assert.Single(gateway.Upstream.Of(model)).Json["max_tokens"]);
    }

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
    public async Task A_limit_that_is_too_large_is_refused_with_the_one_that_fits(
        string path,
        bool stream
    )
    {
        var client = await gateway.ClientAsync(s_twoCents);
        var model = gateway.FreshModel("one");
        JsonObject Limited(long tokens) =>
            Ask.For(path, model, stream: stream).With(Ask.LimitOf(path), tokens);

        var refused = await client.AskAsync(path, Limited(9_999));

        IsShortOfMoney(refused, path);
        var affordable = (long)refused.Error["gateway"]!["affordable_max_tokens"]!;
        Assert.InRange(affordable, 4_900, 4_999);
        Assert.Contains(
            affordable.ToString(CultureInfo.InvariantCulture),
            (string)refused.Error["message"]!,
            StringComparison.Ordinal
        );
        (await client.AskAsync(path, Limited(affordable + 1))).Expect(402);
        Assert.Empty(gateway.Upstream.Of(model));
        (await client.AskAsync(path, Limited(affordable))).Expect(200);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Where_not_even_a_little_fits_the_request_is_refused(string path, bool stream)
    {
        // 64 tokens of the answer alone are 256 micro-dollars.
        var client = await gateway.ClientAsync(new NanoUsd(50_000));
        var before = await client.BalanceAsync();
        var model = gateway.FreshModel("one");

        var refused = await client.AskAsync(path, Ask.For(path, model, stream: stream));

        IsShortOfMoney(refused, path);
        Assert.Empty(gateway.Upstream.Of(model));
        Assert.Equal(before, await client.BalanceAsync());
    }

    [Fact]
    public async Task An_empty_wallet_is_refused_with_all_that_a_portal_needs()
    {
        var client = await gateway.ClientAsync(NanoUsd.Zero);
        var refused = await client.AskAsync(
            Ask.Chat,
            Ask.For(Ask.Chat, "one/1").With("max_tokens", 10_000)
        );

        IsShortOfMoney(refused, Ask.Chat);
        var told = refused.Error["gateway"]!;
        Assert.Equal(0, (long)told["balance_cents"]!);
        Assert.Equal((long)told["required_cents"]!, (long)told["shortfall_cents"]!);
        Assert.Equal(500, (long)told["suggested_topup_cents"]!);
        Assert.Equal(
            [500L, 1_000, 2_500, 5_000, 10_000],
            told["topup_amounts_cents"]!.AsArray().Select(one => (long)one!)
        );
    }

    private static void IsShortOfMoney(PaidAnswer refused, string path)
    {
        refused.Expect(402);
        Assert.Equal("false", refused.Header("x-should-retry"));
        Assert.Null(refused.Header("Retry-After"));
        if (path == Ask.Messages)
        {
            Assert.Equal("error", (string?)refused.Json["type"]);
            Assert.Equal(refused.Header("request-id"), (string?)refused.Json["request_id"]);
        }
        else
        {
            Assert.Equal("insufficient_balance", refused.Code);
            Assert.True(refused.Error.AsObject().ContainsKey("param"));
        }

        Assert.Equal("billing_error", (string?)refused.Error["type"]);
        var told = refused.Error["gateway"]!;
        Assert.Equal("insufficient_balance", (string?)told["code"]);
        Assert.Equal("open_portal", (string?)told["action"]);
        Assert.NotNull(told["docs_url"]);
    }
}
