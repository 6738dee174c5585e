using System.Net;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// Every recording answered to the clients of the other dialects: the same words, thoughts, calls,
/// end and counts by the tables of the wire guide, at the same charge.
/// </summary>
public sealed class AcrossDialectsTests(ShelfGateway gateway) : IClassFixture<ShelfGateway>
{
    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var recording in Recording.All.Where(IsTranslatable))
            {
                foreach (var client in ClientDialect.All.Where(one => one != recording.Api))
                {
                    pairs.Add(recording.Id, client);
                }
            }

            if (Recording.All.Count == 0)
            {
                pairs.Add("(none)", "openai.chat");
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_means_the_same_in_another_dialect_and_costs_the_same(
        string id,
        string client
    )
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();
        var model = RecordedGateway.ModelOf(recording);

        using var answer = await gateway.PostAsync(
            ClientDialect.PathOf(client),
            ClientDialect.Question(client, model, recording.Stream)
        );
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var events = recording.Stream ? EventText.All(text) : [];
        var whole = recording.Stream ? null : JsonNode.Parse(text);
        EndsProperly(client, events);
        MeansTheSame(NormalAnswer.Of(recording), NormalAnswer.Read(client, whole, events));
        UsageIsTheSame(recording, Used.Of(client, whole, events));
        await Replayed.IsChargedAsync(gateway, recording, before, answer, text);
    }

    // Several choices are refused across dialects, so such an answer never comes that way.
    private static bool IsTranslatable(Recording recording) =>
        Replayed.IsGood(recording) && !recording.Features.Contains("n_gt_1");

    private static void MeansTheSame(NormalAnswer said, NormalAnswer got)
    {
        Assert.Equal(said.Stop, got.Stop);
        // Messages has no place of its own for a refusal's words: they may be text there.
        Assert.Equal(said.Text + said.Refusal, got.Text + got.Refusal);
        Assert.Equal(said.Reasoning, got.Reasoning);
        Assert.Equal(said.Calls.Select(c => c.Name), got.Calls.Select(c => c.Name));
        foreach (var (expected, actual) in said.Calls.Zip(got.Calls))
        {
            Assert.True(
                JsonNode.DeepEquals(expected.Arguments, actual.Arguments),
                $"{expected.Arguments} became {actual.Arguments}"
            );
        }
    }

    // Dialects count in fewer classes than prices have: what all of them can say is compared.
    private static void UsageIsTheSame(Recording recording, Used? got)
    {
        Assert.NotNull(got);
        if (Used.Of(recording) is not { } said)
        {
            return;
        }

        Assert.Equal(
            (said.Prompt, said.CacheRead, said.Written, said.AllOutput, said.Reasoning),
            (got.Prompt, got.CacheRead, got.Written, got.AllOutput, got.Reasoning)
        );
    }

    private static void EndsProperly(string client, IReadOnlyList<EventText> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        var (first, last) = client switch
        {
            "anthropic.messages" => ("message_start", "message_stop"),
            "openai.responses" => ("response.created", null),
            _ => (null, (string?)null),
        };
        Assert.Equal(first, events[0].Name);
        switch (client)
        {
            case "openai.chat":
                Assert.True(events[^1].IsTerminator);
                break;
            case "openai.responses":
                Assert.True(events[^1].Name is "response.completed" or "response.incomplete");
                Assert.Equal(
                    Enumerable.Range(0, events.Count),
                    events.Select(e => (int)e.Json["sequence_number"]!)
                );
                break;
            default:
                Assert.Equal(last, events[^1].Name);
                break;
        }
    }
}
