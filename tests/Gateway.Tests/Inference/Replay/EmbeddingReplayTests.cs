using System.Buffers.Binary;
using System.Net;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>Embeddings of both protocols and the counters of all three, from their recordings.</summary>
public sealed class EmbeddingReplayTests(ShelfGateway gateway) : IClassFixture<ShelfGateway>
{
    private const string OpenAi = "openai/embeddings-float";
    private const string Gemini = "gemini/embeddings";

    [Fact]
    public async Task Openai_vectors_go_through_and_are_charged_exactly()
    {
        var recording = Recording.Of(OpenAi);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();

        using var answer = await gateway.PostAsync(
            "/v1/embeddings",
            ClientDialect.RequestFor(recording)
        );
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Replayed.WholeEquals(recording, JsonNode.Parse(text)!);
        await Replayed.IsChargedAsync(gateway, recording, before, answer, text);
    }

    [Fact]
    public async Task Vectors_asked_for_in_base64_hold_the_same_numbers()
    {
        var recording = Recording.Of(OpenAi);
        gateway.Upstream.Play(recording);
        var request = ClientDialect.RequestFor(recording);
        request["encoding_format"] = "base64";

        using var answer = await gateway.PostAsync("/v1/embeddings", request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal(Vectors(JsonNode.Parse(recording.Body)!), Vectors(JsonNode.Parse(text)!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("base64")]
    public async Task Gemini_vectors_come_in_openais_form(string? format)
    {
        var recording = Recording.Of(Gemini);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();
        var said = JsonNode.Parse(recording.Body)!["embeddings"]!.AsArray();
        var request = new JsonObject
        {
            ["model"] = RecordedGateway.ModelOf(recording),
            ["input"] = new JsonArray([.. said.Select((_, i) => JsonValue.Create($"text {i}"))]),
            ["dimensions"] = 256,
        };
        if (format is not null)
        {
            request["encoding_format"] = format;
        }

        using var answer = await gateway.PostAsync("/v1/embeddings", request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var body = JsonNode.Parse(text)!;
        Assert.Equal("list", (string?)body["object"]);
        Assert.Equal(
            Enumerable.Range(0, said.Count),
            body["data"]!.AsArray().Select(one => (int)one!["index"]!)
        );
        Assert.Equal(said.Select(one => Floats(one!["values"]!)), Vectors(body));
        var sent = JsonNode.Parse(Assert.Single(gateway.Upstream.Received).Body)!;
        Assert.All(
            sent["requests"]!.AsArray(),
            one => Assert.Equal(256, (int?)one!["outputDimensionality"])
        );
        await Replayed.IsCountedAsync(gateway, before, answer);
    }

    [Theory]
    [InlineData("anthropic/count-tokens", "input_tokens")]
    [InlineData("openai/responses-input-tokens", "input_tokens")]
    [InlineData("gemini/count-tokens", "totalTokens")]
    public async Task A_count_is_the_providers_own_and_free(string id, string member)
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();
        var request = ClientDialect.Question(
            "anthropic.messages",
            RecordedGateway.ModelOf(recording),
            stream: false
        );
        request.Remove("max_tokens");

        using var answer = await gateway.PostAsync("/v1/messages/count_tokens?beta=true", request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var body = Assert.IsType<JsonObject>(JsonNode.Parse(text));
        Assert.Equal("input_tokens", Assert.Single(body).Key);
        Assert.Equal((long)JsonNode.Parse(recording.Body)![member]!, (long)body["input_tokens"]!);
        Assert.False(answer.Headers.Contains("X-Arda-Token-Count-Source"));
        Assert.Equal(before, await gateway.BalanceAsync());
    }

    [Fact]
    public async Task A_model_without_a_counter_is_estimated_and_says_so()
    {
        var recording = Recording.Of("openai/chat-plain");
        using var answer = await gateway.PostAsync(
            "/v1/messages/count_tokens",
            ClientDialect.Question(
                "anthropic.messages",
                RecordedGateway.ModelOf(recording),
                stream: false
            )
        );
        var body = JsonNode.Parse(
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        )!;
        Assert.InRange((long)body["input_tokens"]!, 1, 100);
        Assert.Equal("estimate", answer.Headers.GetValues("X-Arda-Token-Count-Source").Single());
    }

    private static List<List<float>> Vectors(JsonNode body) =>
        [.. body["data"]!.AsArray().Select(one => Floats(one!["embedding"]!))];

    private static List<float> Floats(JsonNode vector)
    {
        if (vector is JsonArray numbers)
        {
            return [.. numbers.Select(n => (float)(double)n!)];
        }

        var bytes = Convert.FromBase64String((string)vector!);
        return
        [
            .. Enumerable
                .Range(0, bytes.Length / 4)
                .Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4))),
        ];
    }
}
