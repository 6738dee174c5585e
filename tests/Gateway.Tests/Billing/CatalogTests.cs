using System.Globalization;
using System.Text.Json.Nodes;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Billing;

public sealed class CatalogTests(OAuthWorlds worlds)
{
    private const string Path = "/v1/gateway/catalog";

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Prices_are_what_the_user_pays_and_the_sentence_says_the_same(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var plain = await world.ConnectAsync();
        var dear = await world.ConnectAsync(markupBps: 1_500);
        const string Asked = Path + "?types=language&input_tokens=5000&output_tokens=1000";

        var list = Model(await plain.GetAsync(Asked), "claude-sonnet-4-6");
        var said = await dear.GetAsync(Asked);
        var paid = Model(said, "claude-sonnet-4-6");

        foreach (var part in (string[])["input", "output"])
        {
            Assert.Equal(Price(list, part) * 1.15m, Price(paid, part));
        }

        var expected =
            $"costs {Usd(Price(paid, "input"))} per million input tokens and "
            + $"{Usd(Price(paid, "output"))} per million output tokens";
        Assert.Contains(expected, (string?)paid["disclosure"], StringComparison.Ordinal);
        Assert.EndsWith(", including a markup of 15% for Notebook.", (string?)paid["disclosure"]);
        Assert.DoesNotContain("markup", (string?)list["disclosure"], StringComparison.Ordinal);
        var estimate = paid["estimated_cost"]!;
        var parts = estimate["cost_details"]!;
        Assert.Equal(
            (5_000 * Price(list, "input") + 1_000 * Price(list, "output")) / 1_000_000m,
            (decimal)parts["base"]!
        );
        Assert.Equal((decimal)parts["base"]! * 0.15m, (decimal)parts["reseller_markup"]!);
        Assert.Equal((decimal)parts["base"]! * 1.15m, (decimal)estimate["cost"]!);
        var context = said.Json["pricing_context"]!;
        Assert.Equal(1_500, (int)context["reseller_markup_bps"]!);
        Assert.Equal(
            "Prices include a markup of 15% for Notebook.",
            (string?)context["disclosure"]
        );
    }

    [Fact]
    public async Task Types_choose_and_the_picker_of_auto_comes_with_language_models_alone()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var one = await world.ConnectAsync();

        var embeddings = (await one.GetAsync(Path + "?types=embedding")).Expect(200).Json;
        var all = (await one.GetAsync(Path)).Expect(200).Json;

        Assert.All(
            embeddings["models"]!.AsArray(),
            model => Assert.Equal("embedding", (string?)model!["type"])
        );
        Assert.NotEmpty(embeddings["models"]!.AsArray());
        Assert.Null(embeddings["auto_route"]);
        Assert.Null(embeddings["models"]![0]!["estimated_cost"]);
        Assert.Equal(
            """["cheap","balanced","fast","best"]""",
            all["auto_route"]!["modes"]!.ToJsonString()
        );
        Assert.All(
            all["models"]!.AsArray(),
            model =>
            {
                var sentence = (string)model!["disclosure"]!;
                Assert.StartsWith((string)model["name"]!, sentence, StringComparison.Ordinal);
                Assert.EndsWith(".", sentence, StringComparison.Ordinal);
            }
        );
        Assert.Equal(
            "types",
            (string?)(await one.GetAsync(Path + "?types=sound")).Expect(400).Error["param"]
        );
        (await one.GetAsync(Path + "?input_tokens=-1")).Expect(400);
        var narrow = await world.ConnectAsync([Scopes.Inference]);
        Assert.Equal("insufficient_scope", (await narrow.GetAsync(Path)).Expect(403).Code);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(500, 0, "a markup of 5% for this gateway")]
    [InlineData(0, 1_250, "a markup of 12.5% for Notes")]
    [InlineData(500, 1_500, "markups of 5% for this gateway and 15% for Notes")]
    public void Markups_are_named_with_whom_they_are_for(
        int gateway,
        int reseller,
        string? words
    ) => Assert.Equal(words, new Markups(gateway, reseller, "Notes").InWords);

    private static JsonNode Model(Said said, string id) =>
        said.Expect(200).Json["models"]!.AsArray().Single(model => (string?)model!["id"] == id)!;

    private static decimal Price(JsonNode model, string part) =>
        decimal.Parse((string)model["pricing"]![part]!, CultureInfo.InvariantCulture);

    private static string Usd(decimal price) =>
        "$" + price.ToString("0.00######", CultureInfo.InvariantCulture);
}
