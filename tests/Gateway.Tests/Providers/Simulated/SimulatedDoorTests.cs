using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Providers;
using Arda.Gateway.Providers.Simulated;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Providers.Simulated;

/// <summary>Counting, embedding, caching and standing in, through the door of the room.</summary>
public sealed class SimulatedDoorTests
{
    [Theory]
    [InlineData(
        OfferProtocol.AnthropicMessages,
        """{"model":"chat","messages":[{"role":"user","content":"What is 2 + 2?"}]}""",
        "input_tokens"
    )]
    [InlineData(
        OfferProtocol.OpenAiResponses,
        """{"model":"chat","input":"What is 2 + 2?"}""",
        "input_tokens"
    )]
    [InlineData(
        OfferProtocol.GeminiGenerate,
        """
            {"generateContentRequest":{"model":"models/chat",
             "contents":[{"role":"user","parts":[{"text":"What is 2 + 2?"}]}]}}
            """,
        "totalTokens"
    )]
    public async Task A_prompt_is_counted_in_every_format_that_can(
        OfferProtocol protocol,
        string body,
        string member
    )
    {
        var counted = await AskAsync(protocol, UpstreamOperation.CountTokens, body, "chat");
        // Six words and signs, and four for the turn.
        Assert.InRange(counted.GetProperty(member).GetInt32(), 8, 14);
    }

    [Fact]
    public async Task Embeddings_come_as_OpenAI_sends_them()
    {
        var body = await AskAsync(
            OfferProtocol.OpenAiEmbeddings,
            UpstreamOperation.Embed,
            """{"model":"embed","input":["a bridge","a tunnel"],"dimensions":8}""",
            "embed"
        );
        Assert.Equal(2, body.GetProperty("data").GetArrayLength());
        Assert.Equal(8, body.GetProperty("data")[1].GetProperty("embedding").GetArrayLength());
        Assert.Equal(4, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Embeddings_come_as_Google_sends_them()
    {
        var body = await AskAsync(
            OfferProtocol.GeminiEmbed,
            UpstreamOperation.Embed,
            """
            {"requests":[{"model":"models/embed","outputDimensionality":8,
             "content":{"parts":[{"text":"a bridge"}]}}]}
            """,
            "embed"
        );
        Assert.Equal(8, body.GetProperty("embeddings")[0].GetProperty("values").GetArrayLength());
    }

    [Fact]
    public async Task An_embedding_fails_on_demand_too()
    {
        using var rig = new ProvidersRig();
        await using var response = await rig.SendAsync(
            Call(
                OfferProtocol.OpenAiEmbeddings,
                UpstreamOperation.Embed,
                """{"model":"embed","input":"a bridge [simulate: 503]"}""",
                "embed"
            )
        );
        Assert.Equal(UpstreamFault.Overloaded, response.Fault);
    }

    [Fact]
    public async Task A_marked_prefix_is_billed_as_a_read_the_second_time()
    {
        using var talk = new SimulatedTalk(WireFormat.AnthropicMessages, stream: true);
        var prefix = new Prose(new SeededRandom(1), Topics.Of("")).OfLength("", 500);
        Conversation Ask(string question) =>
            SimulatedTalk.Say("") with
            {
                Turns =
                [
                    new Turn(Role.System, [new Block.Text(prefix) { Cache = new CacheMark("5m") }]),
                    SimulatedTalk.User(question),
                ],
            };
        var first = (await talk.AskAsync(Ask("One?"))).Usage!;
        var second = (await talk.AskAsync(Ask("Two?"))).Usage!;
        Assert.InRange(first.CacheWrite5m, 500, 520);
        Assert.Equal((0, first.CacheWrite5m), (first.CacheRead, second.CacheRead));
        Assert.Equal(0, second.CacheWrite5m);
    }

    [Fact]
    public async Task A_prompt_longer_than_the_models_window_is_the_vendors_400()
    {
        using var talk = new SimulatedTalk(WireFormat.AnthropicMessages, stream: false);
        var words = string.Concat(Enumerable.Repeat("bridge ", 140_000));
        await using var response = await talk.SendAsync(SimulatedTalk.Say(words));
        Assert.Equal(UpstreamFault.ContextLength, response.Fault);
        Assert.StartsWith("prompt is too long", response.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_simulation_stands_in_for_a_model_whose_provider_has_no_key()
    {
        using var rig = new ProvidersRig(
            new ProvidersOptions { SimulateMissing = true, Simulation = ProvidersRig.AtOnce },
            environment: _ => null
        );
        var offer = rig.Catalog.Find("claude-sonnet-4-6")!.Offers[0];
        Assert.True(rig.Upstreams.IsConfigured(offer));
        const string body =
            """{"model":"claude-sonnet-4-6","max_tokens":1024,"messages":[{"role":"user","content":"Hello"}]}""";
        var call = Call(
            OfferProtocol.AnthropicMessages,
            UpstreamOperation.Generate,
            body,
            offer.UpstreamId
        ) with
        {
            ProviderId = offer.ProviderId,
        };
        await using var response = await rig.SendAsync(call);
        var answer = JsonElement.Parse(await BytesAsync(response));
        Assert.Equal(offer.UpstreamId, answer.GetProperty("model").GetString());
        Assert.Contains(
            Prose.Disclosure,
            answer.GetProperty("content")[0].GetProperty("text").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal("sim_req_1", response.ProviderRequestId);
    }

    private static UpstreamCall Call(
        OfferProtocol protocol,
        UpstreamOperation operation,
        string body,
        string model
    ) =>
        ProvidersRig.Call("simulated", protocol, body) with
        {
            Operation = operation,
            UpstreamModel = model,
        };

    private static async Task<JsonElement> AskAsync(
        OfferProtocol protocol,
        UpstreamOperation operation,
        string body,
        string model
    )
    {
        using var rig = new ProvidersRig();
        await using var response = await rig.SendAsync(Call(protocol, operation, body, model));
        Assert.True(response.Ok, response.Error?.Message);
        return JsonElement.Parse(await BytesAsync(response));
    }

    private static async Task<byte[]> BytesAsync(UpstreamResponse response)
    {
        using var bytes = new MemoryStream();
        await response.Body.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }
}
