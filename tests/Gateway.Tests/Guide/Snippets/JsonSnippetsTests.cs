using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Billing;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Sdk;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>Every block of JSON: an answer is held against the one that the gateway gives, a body is
/// sent, a configuration starts a gateway.</summary>
public sealed class JsonSnippetsTests(SdkWorld sdk)
{
    private const string Chat = "/v1/chat/completions";

    public static TheoryData<string> Answers => NamesOf("answer");

    public static TheoryData<string> Bodies => NamesOf("body");

    public static TheoryData<string> Configurations => NamesOf("config");

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_is_the_one_that_comes(string block)
    {
        var snippet = Of(block);
        var real = await AnswerAsync(snippet.Mark("answer")!);
        Assert.Empty(JsonShape.Differences(JsonNode.Parse(snippet.Text), real));
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_is_taken(string block)
    {
        var snippet = Of(block);
        var connected = await ConnectAsync();
        var (generation, _) = await AskAsync(connected);
        var path = snippet.Mark("body")!.Split(' ')[1];
        var text = snippet.Text.Replace("gen_…", generation, StringComparison.Ordinal);
        var said = await connected.PostAsync(path, JsonNode.Parse(text));
        Assert.True(said.Status is 200 or 201, said.Text);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task A_configuration_starts_a_gateway(string block)
    {
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions { Catalog = Of(block).Text }
        );
        Assert.NotEmpty(host.ApiKey);
    }

    private static TheoryData<string> NamesOf(string mark) =>
        [
            .. Snippet
                .All.Where(one => one.Language == "json" && one.Has(mark))
                .Select(one => one.Name),
        ];

    private static Snippet Of(string name) => Snippet.All.Single(one => one.Name == name);

    private async Task<Connected> ConnectAsync(int cents = 1_000)
    {
        var world = await sdk.StartAsync();
        var person = cents > 0 ? null : await ExamplesWorld.PersonOfAsync(world, cents);
        return await world.ConnectAsync(markupBps: 1_500, person: person);
    }

    private static async Task<(string Generation, JsonNode Json)> AskAsync(Connected connected)
    {
        var body = JsonNode.Parse(
            """{"model": "arda/auto", "messages": [{"role": "user", "content": "Hello"}]}"""
        );
        var said = (await connected.PostAsync(Chat, body)).Expect(200);
        return (said.Generation!, said.Json);
    }

    private async Task<JsonNode> AnswerAsync(string call)
    {
        var connected = await ConnectAsync(
            call.StartsWith("402", StringComparison.Ordinal) ? 0 : 1
        );
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
        switch (method, path)
        {
            case ("POST", Chat):
                return (await AskAsync(connected)).Json;
            case ("402", _):
                return (
                    await connected.PostAsync(
                        Chat,
                        JsonNode.Parse(
                            """
                            {
                              "model": "claude-sonnet-4-6", "max_tokens": 4000,
                              "messages": [{"role": "user", "content": "Hello"}]
                            }
                            """
                        )
                    )
                ).Expect(402).Json;
            case ("GET", "/v1/gateway/usage"):
                await AskAsync(connected);
                break;
            case ("GET", "/v1/gateway/generations/{id}"):
                path = path.Replace("{id}", (await AskAsync(connected)).Generation);
                break;
            case ("GET", "/v1/gateway/portal-sessions/{id}"):
                var link = await connected.PostAsync("/v1/gateway/portal-sessions", null);
                path = path.Replace("{id}", (string?)link.Expect(201).Json["id"]);
                break;
            case ("POST", "/oauth/token"):
                return await TokenAsync(connected);
        }

        var said =
            method == "GET"
                ? await connected.GetAsync(path)
                : await connected.PostAsync(path, await BodyAsync(path, connected));
        Assert.True(said.Status is 200 or 201, said.Text);
        return said.Json;
    }

    private static async Task<JsonNode?> BodyAsync(string path, Connected connected) =>
        path.Split('?')[0] switch
        {
            "/v1/gateway/quote" or "/v1/gateway/route" => JsonNode.Parse(
                """
                {
                  "model": "arda/auto", "routing": {"mode": "cheap"}, "max_tokens": 1024,
                  "messages": [{"role": "user", "content": "Hello"}]
                }
                """
            ),
            "/v1/gateway/feedback" => new JsonObject
            {
                ["generation_id"] = (await AskAsync(connected)).Generation,
                ["rating"] = "up",
            },
            "/v1/gateway/bootstrap" => JsonNode.Parse(
                """
                {
                  "billing": {"minimum_balance_cents": 50000, "return_url": "myapp://billing"},
                  "models": {"usage": {"input_tokens": 5000, "output_tokens": 1000}}
                }
                """
            ),
            _ => null,
        };

    private static async Task<JsonNode> TokenAsync(Connected connected)
    {
        var code = await connected.World.CodeAsync(connected.App!, connected.Person);
        var redeemed = await connected.World.RedeemAsync(connected.App!, code);
        Assert.True(redeemed.Status == 200, redeemed.Body);
        return JsonNode.Parse(redeemed.Body)!;
    }
}
