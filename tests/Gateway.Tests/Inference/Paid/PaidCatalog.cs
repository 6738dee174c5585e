using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>The operator's file of <see cref="PaidGateway"/>.</summary>
internal static class PaidCatalog
{
    public const string Dear = """{"input":"2","output":"8"}""";
    public const string Cheap = """{"input":"1","output":"4"}""";

    public static JsonObject Of(string upstream) =>
        new()
        {
            ["catalog"] = new JsonObject
            {
                ["providers"] = new JsonArray([.. Providers(upstream)]),
                ["models"] = new JsonArray([.. Models()]),
            },
        };

    // A pair for each model of two: a refused key rests all of a provider's offers.
    private static IEnumerable<JsonNode> Providers(string upstream)
    {
        yield return Provider("first", upstream + "/first");
        for (var i = 1; i <= PaidGateway.TwoModels; i++)
        {
            yield return Provider($"first-{i}", upstream + "/first");
            yield return Provider($"second-{i}", upstream + "/second");
        }
    }

    private static IEnumerable<JsonObject> Models()
    {
        for (var i = 1; i <= PaidGateway.TwoModels; i++)
        {
            yield return Model(
                $"two/{i}",
                Offer($"first-{i}", $"two/{i}", Cheap),
                Offer($"second-{i}", $"two/{i}", Dear)
            );
            yield return Model($"one/{i}", Offer("first", $"one/{i}", Cheap));
        }

        yield return Model("messages", Offer("first", "messages", Cheap, "anthropic.messages"));
        yield return Model("responses", Offer("first", "responses", Cheap, "openai.responses"));
        yield return Model("secret", Offer("first", "secret", Cheap))
            .With("capabilities", new JsonArray("tools", "reasoning"));
        yield return Model("old", Offer("first", "old", Cheap))
            .With("retires_at", "2026-01-01")
            .With("successor", "messages");
        yield return Model("ageing", Offer("first", "ageing", Cheap)).With("deprecated", true);
        yield return Choosable("auto/clever", 60, 40, """{"input":"4","output":"16"}""");
        yield return Choosable("auto/quick", 40, 300, """{"input":"3","output":"12"}""");
        yield return Choosable("auto/plain", 50, 80, """{"input":"1","output":"4"}""");
        yield return Choosable("auto/small", 26, 90, """{"input":"0.1","output":"0.4"}""");
    }

    private static JsonObject Choosable(string id, int quality, int speed, string price) =>
        Model(id, Offer("first", id, price))
            .With("auto_route", true)
            .With(
                "scores",
                new JsonObject
                {
                    ["catalog_intelligence"] = quality,
                    ["output_tokens_per_second"] = speed,
                }
            );

    private static JsonObject Model(string id, params JsonNode[] offers) =>
        new()
        {
            ["id"] = id,
            ["name"] = id,
            ["vendor"] = "scripted",
            ["type"] = "language",
            ["context_window"] = 100_000,
            ["max_output"] = 10_000,
            ["input"] = new JsonArray("text"),
            ["capabilities"] = new JsonArray("tools", "json_mode"),
            ["sampling"] = true,
            ["auto_route"] = false,
            ["offers"] = new JsonArray(offers),
        };

    private static JsonObject Offer(
        string provider,
        string upstreamId,
        string price,
        string protocol = "openai.chat"
    ) =>
        new()
        {
            ["provider"] = provider,
            ["upstream_id"] = upstreamId,
            ["protocols"] = new JsonArray(protocol),
            ["price"] = JsonNode.Parse(price),
        };

    private static JsonNode Provider(string id, string address) =>
        new JsonObject
        {
            ["id"] = id,
            ["name"] = id,
            ["base_url"] = address,
            ["auth"] = "none",
        };
}
