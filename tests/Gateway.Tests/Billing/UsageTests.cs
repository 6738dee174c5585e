using System.Globalization;
using System.Text.Json.Nodes;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

public sealed class UsageTests(OAuthWorlds worlds)
{
    private const string Path = "/v1/gateway/usage";
    private const string FeedbackPath = "/v1/gateway/feedback";

    public static TheoryData<StoreKind> Both => Stores.Both;

    private static JsonObject Hello() =>
        new()
        {
            ["model"] = "claude-sonnet-4-6",
            ["max_tokens"] = 20,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "Hello" }
            ),
        };

    private static async Task<string> AskAsync(Connected one) =>
        (await one.PostAsync("/v1/chat/completions", Hello())).Expect(200).Generation!;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_app_sees_its_own_connection_and_a_user_the_whole_project(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync(markupBps: 1_000);
        var own = await world.OwnKeyAsync(one.Person);
        var ofApp = await AskAsync(one);
        var ofUser = await AskAsync(own);

        var told = (await one.GetAsync(Path)).Expect(200).Json;
        var all = (await own.GetAsync(Path)).Expect(200).Json;

        Assert.Equal([ofApp], Ids(told));
        Assert.Equal([ofUser, ofApp], Ids(all));
        var line = told["data"]![0]!;
        Assert.Equal(one.App!.Id.Value, (string?)line["client_id"]);
        Assert.True((long)line["usage"]!["output"]! > 0);
        var receipt = (await one.GetAsync("/v1/gateway/generations/" + ofApp)).Json["receipt"]!;
        var total = long.Parse((string)receipt["total_nano_usd"]!, CultureInfo.InvariantCulture);
        Assert.Equal(total / 1_000_000_000m, (decimal)line["cost"]!);
        Assert.Equal((decimal)line["cost"]!, (decimal)told["total"]!["cost"]!);
        Assert.Equal(2, (long)all["total"]!["requests"]!);
        Assert.Equal(999, (long)told["balance_cents"]!);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Pages_join_without_a_gap_and_time_bounds_them(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var own = await world.OwnKeyAsync();
        var asked = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            asked.Insert(0, await AskAsync(own));
        }

        var seen = new List<string>();
        var next = "";
        do
        {
            var page = (await own.GetAsync($"{Path}?limit=2{next}")).Expect(200).Json;
            seen.AddRange(Ids(page));
            Assert.Equal(5, (long)page["total"]!["requests"]!);
            next = (string?)page["next_before"] is { } id ? "&before=" + id : "";
        } while (next.Length > 0);

        Assert.Equal(asked, seen);
        var today = TimeProvider.System.GetUtcNow();
        var tomorrow = today.AddDays(2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Empty(Ids((await own.GetAsync($"{Path}?from={tomorrow}")).Expect(200).Json));
        Assert.Empty(Ids((await own.GetAsync($"{Path}?to=2026-01-01T00:00:00Z")).Expect(200).Json));
        Assert.Equal(
            5,
            Ids((await own.GetAsync($"{Path}?from=2026-01-01&to={tomorrow}")).Json).Count
        );
    }

    [Fact]
    public async Task Balances_are_for_those_who_may_read_them_and_nonsense_for_nobody()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync([Scopes.Inference, Scopes.UsageRead]);
        Assert.Null((await one.GetAsync(Path)).Expect(200).Json["balance_cents"]);
        foreach (var query in (string[])["limit=0", "limit=201", "from=soon", "before=%00", "to=1"])
        {
            var refused = (await one.GetAsync($"{Path}?{query}")).Expect(400);
            Assert.Equal(query.Split('=')[0], (string?)refused.Error["param"]);
        }

        var narrow = await world.ConnectAsync([Scopes.Inference]);
        Assert.Equal("insufficient_scope", (await narrow.GetAsync(Path)).Expect(403).Code);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_opinion_is_kept_once_for_a_request_of_the_callers_own(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var one = await world.ConnectAsync();
        var generation = await AskAsync(one);
        JsonObject Opinion(string rating) =>
            new()
            {
                ["generation_id"] = generation,
                ["rating"] = rating,
                ["reason"] = "too_slow",
                ["intent"] = "chat",
                ["comment"] = "It took a while.",
            };

        (await one.PostAsync(FeedbackPath, Opinion("down"))).Expect(200);
        var kept = (await one.PostAsync(FeedbackPath, Opinion("up"))).Expect(200).Json;

        Assert.Equal("up", (string?)kept["rating"]);
        Assert.Equal(
            1,
            await world.CountAsync(
                "SELECT COUNT(*) FROM feedback WHERE generation = @id AND rating = 'up'",
                ("id", generation)
            )
        );
        var stranger = await world.ConnectAsync();
        (await stranger.PostAsync(FeedbackPath, Opinion("up"))).Expect(404);
        (await one.PostAsync(FeedbackPath, Opinion("fine"))).Expect(400);
        (await one.PostAsync(FeedbackPath, null)).Expect(400);
    }

    private static List<string> Ids(JsonNode page) =>
        [.. page["data"]!.AsArray().Select(line => (string)line!["generation_id"]!)];
}
