using System.Numerics;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// What may differ between a recording and what its client gets, all in one place:
/// <list type="bullet">
/// <item><c>usage.cost</c> and <c>usage.cost_details</c> are the gateway's, also where the host has
/// members of these names;</item>
/// <item>a Chat usage chunk goes only to a client that asked, and is made where the host sends
/// none;</item>
/// <item>comments are not passed on: the gateway keeps its own clients alive;</item>
/// <item>one file of the shelf holds two responses in a row: the first one's end is the end.</item>
/// </list>
/// A request that leans on state at the vendor is refused here; a plain question stands in for it.
/// </summary>
internal static class Replayed
{
    public static bool IsGood(Recording recording) =>
        recording.Status == 200
        && !recording.Features.Contains("mid_stream_error")
        && recording.Api
            is "openai.chat"
                or "openai.responses"
                or "anthropic.messages"
                or "gemini.generateContent";

    public static bool IsGoodFromAClientDialect(Recording recording) =>
        IsGood(recording) && ClientDialect.All.Contains(recording.Api);

    public static JsonObject Askable(Recording recording)
    {
        var request = ClientDialect.RequestFor(recording);
        if (request["previous_response_id"] is not null)
        {
            request = ClientDialect.Question(
                recording.Api,
                RecordedGateway.ModelOf(recording),
                recording.Stream
            );
        }

        return request;
    }

    public static bool AsksForUsage(JsonObject request) =>
        (bool?)request["stream_options"]?["include_usage"] == true;

    public static void WholeEquals(Recording recording, JsonNode answer) =>
        Same(WithoutCost(JsonNode.Parse(recording.Body)!), WithoutCost(answer));

    public static void StreamEquals(
        Recording recording,
        IReadOnlyList<EventText> answer,
        bool withUsage
    )
    {
        var said = EventText.Of(recording).ToList();
        var got = answer.ToList();
        if (recording.Api == "openai.chat")
        {
            if (!withUsage)
            {
                Assert.DoesNotContain(got, IsUsageOnly);
                said.RemoveAll(IsUsageOnly);
            }
            else if (!said.Exists(HasUsage))
            {
                Assert.Single(got, IsUsageOnly);
                got.RemoveAll(IsUsageOnly);
            }
        }

        Assert.Equal(said.Select(e => e.Name), got.Select(e => e.Name));
        foreach (var (expected, actual) in said.Zip(got))
        {
            Assert.Equal(expected.IsTerminator, actual.IsTerminator);
            if (!expected.IsTerminator)
            {
                Same(WithoutCost(expected.Json), WithoutCost(actual.Json));
            }
        }
    }

    /// <summary>Receipt, balance and, where the client sees one, the cost on <c>usage</c>.</summary>
    public static async Task IsChargedAsync(
        RecordedGateway gateway,
        Recording recording,
        BigInteger before,
        HttpResponseMessage answer,
        string text
    )
    {
        var price = gateway.PriceOf(recording);
        if (Used.Of(recording) is not { } used)
        {
            await IsCountedAsync(gateway, before, answer);
            return;
        }

        await Charge.EqualsAsync(gateway, before, answer, used, price);
        var usage = UsageIn(text, recording.Stream);
        if (usage is not null || !recording.Stream)
        {
            var bill = price.Bill(used, RecordedGateway.GatewayBps, RecordedGateway.ResellerBps);
            Charge.IsOn(usage, bill);
        }
    }

    /// <summary>The host named no usage: the receipt says that we counted, within the hold.</summary>
    public static async Task IsCountedAsync(
        RecordedGateway gateway,
        BigInteger before,
        HttpResponseMessage answer
    )
    {
        var receipt = await Charge.ReceiptAsync(gateway.Client, Charge.IdOf(answer));
        Assert.Equal("counted", (string?)receipt["usage_source"]);
        var total = Charge.Amount(receipt, "total_nano_usd");
        Assert.InRange(total, BigInteger.Zero, Charge.Amount(receipt, "hold_nano_usd"));
        Assert.Equal(total, before - await gateway.BalanceAsync());
    }

    /// <summary>The last usage object with a cost, wherever the dialect puts it.</summary>
    public static JsonNode? UsageIn(string text, bool stream)
    {
        if (!stream)
        {
            return JsonNode.Parse(text)!["usage"];
        }

        return EventText
            .All(text)
            .Where(e => !e.IsTerminator)
            .Select(e => e.Json)
            .Select(json => json["usage"] ?? json["response"]?["usage"])
            .LastOrDefault(usage => usage?["cost"] is not null);
    }

    private static bool HasUsage(EventText one) =>
        !one.IsTerminator && one.Json["usage"] is not null;

    private static bool IsUsageOnly(EventText one) =>
        HasUsage(one) && one.Json["choices"]!.AsArray().Count == 0;

    private static JsonNode WithoutCost(JsonNode json)
    {
        foreach (var usage in new[] { json["usage"], json["response"]?["usage"] })
        {
            usage?.AsObject().Remove("cost");
            usage?.AsObject().Remove("cost_details");
            usage?.AsObject().Remove("balance_cents");
            usage?.AsObject().Remove("balance_warning");
        }

        return json;
    }

    private static void Same(JsonNode expected, JsonNode actual)
    {
        if (!JsonNode.DeepEquals(expected, actual))
        {
            Assert.Equal(expected.ToJsonString(), actual.ToJsonString());
        }
    }
}
