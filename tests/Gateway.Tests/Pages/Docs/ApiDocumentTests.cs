using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Pages.Docs.Api;
using Arda.Gateway.Tests.Billing;
using Arda.Gateway.Tests.Guide;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Sdk;
using Microsoft.AspNetCore.Routing;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>The OpenAPI document is the server as it is: every address is in it, and what comes is
/// what it says.</summary>
public sealed class ApiDocumentTests(SdkWorld sdk)
{
    private const string Hello = """
        "messages": [{"role": "user", "content": "Hello"}]
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_address_for_programs_is_in_the_document_with_words()
    {
        var document = await DocumentAsync();
        var world = await sdk.StartAsync();
        var routes = ApiDocument.RoutesOf(world.Get<EndpointDataSource>()).ToList();
        Assert.True(routes.Count > 25, $"{routes.Count} routes");
        var mute = routes.Where(route =>
            document["paths"]![route.Path]?[route.Method.ToLowerInvariant()] is not { } operation
            || operation["summary"] is null
            || operation["tags"] is null
            || operation["responses"]!.AsObject().Count < 2
        );
        Assert.Empty(mute);
        // The document leaves out pages and nothing else.
        var mapped = world
            .Get<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText?.Trim('/').Replace("{**", "{"))
            .Where(path => path.StartsWith("/v1/", StringComparison.Ordinal))
            .Where(path => path != "/v1/{path}")
            .Distinct(StringComparer.Ordinal);
        Assert.DoesNotContain(mapped, path => document["paths"]![path] is null);
    }

    [Fact]
    public async Task No_words_are_left_without_an_address()
    {
        var world = await sdk.StartAsync();
        var routes = ApiDocument.RoutesOf(world.Get<EndpointDataSource>()).ToHashSet();
        var told = JsonNode.Parse(DocsResources.Read(ApiDocument.Source))!["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject().Select(one => (one.Key.ToUpperInvariant(), path.Key))
            );
        Assert.DoesNotContain(told, route => !routes.Contains(route));
    }

    [Fact]
    public async Task The_document_is_sound_and_can_be_read_from_anywhere()
    {
        using var client = new HttpClient { BaseAddress = await sdk.AddressAsync() };
        using var answer = await client.GetAsync("/openapi/v1.json", Ct);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        var text = await answer.Content.ReadAsStringAsync(Ct);
        var document = JsonNode.Parse(text)!;
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        Assert.Equal(
            client.BaseAddress!.ToString().TrimEnd('/'),
            (string?)document["servers"]![0]!["url"]
        );
        var operations = document["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(one => one.Value!))
            .ToList();
        var ids = operations.Select(one => (string)one["operationId"]!).ToList();
        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        var schemas = document["components"]!["schemas"]!.AsObject();
        var lost = References(document)
            .Where(one => one.StartsWith("#/components/schemas/", StringComparison.Ordinal))
            .Where(one => !schemas.ContainsKey(one.Split('/')[^1]));
        Assert.Empty(lost);
        Assert.Empty(
            schemas
                .Select(one => one.Key)
                .Except(References(document).Select(one => one.Split('/')[^1]))
        );
    }

    [Fact]
    public async Task What_the_gateway_answers_around_a_request_is_what_the_document_says()
    {
        var judge = new ApiJudge(await DocumentAsync());
        var world = await sdk.StartAsync();
        var own = await world.OwnKeyAsync();
        var app = await world.ConnectAsync(markupBps: 1_500);
        foreach (var caller in new[] { own, app })
        {
            var exchanges = new ApiExchanges(judge, caller);
            await exchanges.GetAsync("/v1/gateway/status");
            await exchanges.GetAsync("/v1/gateway/catalog");
            await exchanges.GetAsync(
                "/v1/gateway/catalog",
                "?types=language,embedding&input_tokens=10&output_tokens=5"
            );
            await exchanges.PostAsync("/v1/gateway/bootstrap", "{}");
            await exchanges.PostAsync(
                "/v1/gateway/bootstrap",
                """
                {"billing": {"minimum_balance_cents": 999999, "suggested_auto_reload_enabled": true},
                 "models": {"types": ["language"], "usage": {"input_tokens": 5, "output_tokens": 1}}}
                """
            );
            var link = await exchanges.PostAsync(
                "/v1/gateway/portal-sessions",
                """{"purpose": "topup", "suggested_topup_cents": 500}"""
            );
            await exchanges.GetAsync("/v1/gateway/portal-sessions/{id}", id: (string)link["id"]!);
            await exchanges.PostAsync(
                "/v1/gateway/quote",
                $$"""{"model": "arda/auto", {{Hello}}}"""
            );
            await exchanges.PostAsync(
                "/v1/gateway/quote",
                $$"""{"model": "claude-sonnet-4-6", {{Hello}}}"""
            );
            await exchanges.PostAsync(
                "/v1/gateway/route",
                $$"""{"model": "arda/auto", {{Hello}}}"""
            );
            var chat = await exchanges.PostAsync(
                "/v1/chat/completions",
                $$"""{"model": "arda/auto", {{Hello}}}"""
            );
            Assert.NotNull(chat["usage"]);
            var usage = await exchanges.GetAsync("/v1/gateway/usage", "?limit=1");
            var generation = (string)usage["data"]![0]!["generation_id"]!;
            await exchanges.GetAsync("/v1/gateway/generations/{id}", id: generation);
            await exchanges.GetAsync("/v1/gateway/receipt-keys");
            await exchanges.PostAsync(
                "/v1/gateway/feedback",
                $$"""{"generation_id": "{{generation}}", "rating": "up", "reason": "correct"}"""
            );
        }
    }

    [Fact]
    public async Task What_models_answer_and_how_calls_are_refused_is_what_the_document_says()
    {
        var judge = new ApiJudge(await DocumentAsync());
        var world = await sdk.StartAsync();
        var rich = new ApiExchanges(judge, await world.ConnectAsync(markupBps: 1_500));
        await rich.GetAsync("/v1/models");
        await rich.GetAsync("/v1/models/{id}", id: "claude-sonnet-4-6");
        await rich.PostAsync("/v1/responses", """{"model": "arda/auto", "input": "Hello"}""");
        await rich.PostAsync(
            "/v1/embeddings",
            """{"model": "simulated/embed", "input": "Hello"}"""
        );
        var message = $$"""{"model": "claude-sonnet-4-6", "max_tokens": 64, {{Hello}}}""";
        await rich.PostAsync("/v1/messages", message);
        await rich.PostAsync("/v1/messages/count_tokens", message);
        await rich.PostAsync("/v1/chat/completions", "{}", status: 400);
        await rich.GetAsync("/v1/gateway/generations/{id}", id: "gen_none", status: 404);
        var person = await ExamplesWorld.PersonOfAsync(world, cents: 0);
        var poor = new ApiExchanges(judge, await world.ConnectAsync(person: person));
        await poor.PostAsync("/v1/chat/completions", message, status: 402);
        await poor.PostAsync("/v1/messages", message, status: 402);
        var narrow = new ApiExchanges(judge, await world.ConnectAsync(["inference"]));
        await narrow.GetAsync("/v1/gateway/status", status: 403);
        await narrow.PostAsync("/v1/gateway/bootstrap", "{}");
        await narrow.PostAsync("/v1/keys/self/revoke", "", status: 204);
        await narrow.GetAsync("/v1/models", status: 401);
    }

    [Fact]
    public async Task What_oauth_answers_is_what_the_document_says()
    {
        var judge = new ApiJudge(await DocumentAsync());
        var world = await sdk.StartAsync();
        var person = await world.PersonAsync();
        var app = await world.AppAsync();
        void Judge(string method, string path, Answered answer, int status)
        {
            Assert.True(answer.Status == status, answer.Body);
            Assert.Empty(judge.AnswerMistakes(method, path, status, answer.Body));
        }

        var code = await world.CodeAsync(
            app,
            person,
            ("scope", "openid inference"),
            ("nonce", "n")
        );
        Judge("POST", "/oauth/token", await world.RedeemAsync(app, code), 200);
        Judge("POST", "/oauth/token", await world.RedeemAsync(app, "gw_ac_none"), 400);
        Judge(
            "POST",
            "/oauth/device/code",
            await world.PostAsync("/oauth/device/code", [("client_id", app.Id.Value)]),
            200
        );
        var info =
            $"/oauth/authorize/info?client_id={app.Id}&redirect_uri={Uri.EscapeDataString(OAuthWorld.Callback)}";
        Judge("GET", "/oauth/authorize/info", await world.GetAsync(info), 200);
        Judge("GET", "/oauth/jwks", await world.GetAsync("/oauth/jwks"), 200);
    }

    [Theory]
    [InlineData("""{"input_tokens": "5"}""", "type")]
    [InlineData("""{}""", "required")]
    [InlineData("""{"input_tokens": 5, "more": 1}""", "/more")]
    public async Task A_planted_mistake_is_seen(string answer, string mistake)
    {
        var judge = new ApiJudge(await DocumentAsync());
        var found = judge.AnswerMistakes("POST", "/v1/messages/count_tokens", 200, answer);
        Assert.Contains(found, one => one.Contains(mistake, StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(JsonNode? node) =>
        node switch
        {
            JsonObject item => item.SelectMany(one =>
                one is { Key: "$ref", Value: JsonValue }
                    ? [(string)one.Value!]
                    : References(one.Value)
            ),
            JsonArray list => list.SelectMany(References),
            _ => [],
        };

    private async Task<JsonObject> DocumentAsync()
    {
        await sdk.StartAsync();
        using var client = new HttpClient { BaseAddress = await sdk.AddressAsync() };
        return (await client.GetFromJsonAsync<JsonObject>("/openapi/v1.json", Ct))!;
    }
}
