using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

public sealed class QuoteTests(OAuthWorlds worlds)
{
    private const string Chat = "/v1/chat/completions";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private static JsonObject Request(string model, long? maxTokens = null, bool stream = false)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "Fix this failing test." }
            ),
        };
        if (maxTokens is { } limit)
        {
            body["max_tokens"] = limit;
        }

        if (stream)
        {
            body["stream"] = true;
        }

        return body;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_quoted_hold_is_the_hold_of_the_request_to_the_nano_dollar(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync(markupBps: 1_234);
        foreach (
            var body in (JsonObject[])
                [
                    Request("claude-sonnet-4-6", 200),
                    Request("claude-sonnet-4-6", 200, stream: true),
                    Request("arda/auto", 300),
                    Request("arda/auto").With("routing", Cheap()),
                ]
        )
        {
            var quote = (await one.PostAsync("/v1/gateway/quote", body)).Expect(200).Json;
            var answer = (await one.PostAsync(Chat, body)).Expect(200);

            var receipt = (await one.GetAsync("/v1/gateway/generations/" + answer.Generation))
                .Expect(200)
                .Json["receipt"]!;
            var held = new NanoUsd(long.Parse((string)receipt["hold_nano_usd"]!));
            Assert.Equal(held.Usd, (decimal)quote["hold"]!["cost"]!);
            Assert.Equal((string?)receipt["model"], (string?)quote["model"]);
            var charged = new NanoUsd(long.Parse((string)receipt["total_nano_usd"]!));
            Assert.True(charged.Usd <= (decimal)quote["upper_bound"]!["cost"]!);
            Assert.True(
                (decimal)quote["expected"]!["cost"]! <= (decimal)quote["upper_bound"]!["cost"]!
            );
        }
    }

    [Fact]
    public async Task A_stream_without_a_limit_holds_less_than_it_can_cost()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();

        var quote = (await one.PostAsync("/v1/gateway/quote", Request("gpt-4.1", stream: true)))
            .Expect(200)
            .Json;

        Assert.True((decimal)quote["hold"]!["cost"]! < (decimal)quote["upper_bound"]!["cost"]!);
        Assert.Equal(2_048, (long)quote["hold"]!["output_tokens"]!);
    }

    [Fact]
    public async Task A_quote_costs_nothing_and_leaves_no_trace()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        var before = await BalanceAsync(world, one);

        var said = (
            await one.PostAsync(
                "/v1/gateway/quote?output_tokens=50",
                Request("claude-sonnet-4-6", 200)
            )
        ).Expect(200);

        Assert.Equal(50, (long)said.Json["expected"]!["output_tokens"]!);
        Assert.Equal(before, await BalanceAsync(world, one));
        Assert.Null(said.Generation);
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM lease WHERE project = @project",
                ("project", one.Person.Project.Id.Value)
            )
        );
    }

    [Fact]
    public async Task A_route_is_told_with_its_reason_and_no_price()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        var body = Request("arda/auto", 100).With("routing", Cheap());

        var told = (await one.PostAsync("/v1/gateway/route", body)).Expect(200).Json;

        Assert.Equal(["model", "route"], told.AsObject().Select(member => member.Key));
        Assert.Equal(
            ("cheap", "coding"),
            ((string)told["route"]!["mode"]!, (string)told["route"]!["class"]!)
        );
        Assert.StartsWith("cheap:", (string?)told["route"]!["reason"]);
        Assert.Equal((string?)told["model"], (string?)told["route"]!["candidates"]![0]!["model"]);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("responses")]
    [InlineData("embeddings")]
    public async Task Every_paid_endpoint_has_a_quote(string endpoint)
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        var body = endpoint switch
        {
            "messages" => Request("claude-sonnet-4-6", 64),
            "responses" => new JsonObject { ["model"] = "claude-sonnet-4-6", ["input"] = "Hello" },
            _ => new JsonObject { ["model"] = "text-embedding-3-small", ["input"] = "Hello" },
        };

        var quote = (await one.PostAsync("/v1/gateway/quote?endpoint=" + endpoint, body))
            .Expect(200)
            .Json;

        Assert.True((decimal)quote["upper_bound"]!["cost"]! > 0);
    }

    [Fact]
    public async Task What_a_request_would_be_refused_for_refuses_its_quote()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();
        const string Path = "/v1/gateway/quote";
        Assert.Equal(
            "model_not_found",
            (await one.PostAsync(Path, Request("no-such"))).Expect(404).Code
        );
        var nobody = Request("arda/auto", 100)
            .With("routing", new JsonObject { ["max_price"] = 0.0000001m });
        Assert.Equal("no_eligible_model", (await one.PostAsync(Path, nobody)).Expect(400).Code);
        (await one.PostAsync(Path + "?endpoint=pictures", Request("arda/auto"))).Expect(400);
        (await one.PostAsync(Path + "?output_tokens=x", Request("arda/auto"))).Expect(400);
        var narrow = await world.ConnectAsync([Scopes.Inference]);
        var refused = (await narrow.PostAsync(Path, Request("arda/auto"))).Expect(403);
        Assert.Equal("insufficient_scope", refused.Code);
    }

    private static JsonObject Cheap() => new() { ["mode"] = "cheap", ["intent"] = "coding" };

    private static async Task<NanoUsd> BalanceAsync(OAuthWorld world, Connected one) =>
        (await world.Get<Credits>().ReadAsync(one.Person.Project.Id, Ct))!.Balance;
}

internal static class QuotedBodies
{
    public static JsonObject With(this JsonObject body, string name, JsonNode value)
    {
        body[name] = value;
        return body;
    }
}
