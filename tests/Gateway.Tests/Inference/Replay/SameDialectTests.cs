using System.Net;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// Every recording answered to a client of its own dialect: what the provider said, and a charge
/// that is right to the nano-dollar.
/// </summary>
public sealed class SameDialectTests(ShelfGateway gateway) : IClassFixture<ShelfGateway>
{
    public static TheoryData<string> Good => Recording.Ids(Replayed.IsGoodFromAClientDialect);

    [Theory]
    [MemberData(nameof(Good))]
    public async Task An_answer_goes_through_as_it_came_and_is_charged_exactly(string id)
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();
        var request = Replayed.Askable(recording);

        using var answer = await gateway.PostAsync(ClientDialect.PathOf(recording.Api), request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        if (recording.Stream)
        {
            Replayed.StreamEquals(recording, EventText.All(text), Replayed.AsksForUsage(request));
        }
        else
        {
            Replayed.WholeEquals(recording, JsonNode.Parse(text)!);
        }

        await Replayed.IsChargedAsync(gateway, recording, before, answer, text);
    }

    public static TheoryData<string> ChatStreams =>
        Recording.Ids(r =>
            Replayed.IsGoodFromAClientDialect(r) && r is { Api: "openai.chat", Stream: true }
        );

    [Theory]
    [MemberData(nameof(ChatStreams))]
    public async Task A_chat_stream_is_charged_alike_whether_its_client_asked_for_usage(string id)
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();
        var request = Replayed.Askable(recording);
        var asks = !Replayed.AsksForUsage(request);
        request["stream_options"] = new JsonObject { ["include_usage"] = asks };

        using var answer = await gateway.PostAsync("/v1/chat/completions", request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Replayed.StreamEquals(recording, EventText.All(text), asks);
        var sent = JsonNode.Parse(Assert.Single(gateway.Upstream.Received).Body)!;
        Assert.True(recording.Provider == "mistral" || Replayed.AsksForUsage(sent.AsObject()));
        await Replayed.IsChargedAsync(gateway, recording, before, answer, text);
    }
}
