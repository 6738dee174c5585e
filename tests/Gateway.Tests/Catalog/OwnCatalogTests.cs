using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Catalog;

public sealed class OwnCatalogTests
{
    private static readonly ModelCatalog Ours = ModelCatalog.Load(null);
    private static readonly DateTimeOffset Day = new(2026, 9, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Our_catalog_loads_without_a_mistake()
    {
        Assert.True(Ours.Models.Count > 70);
        Assert.All(Ours.Models, m => Assert.NotEmpty(m.Offers));
    }

    [Fact]
    public void A_model_is_found_by_its_id_and_by_its_alias()
    {
        Assert.Equal("gpt-5.6-sol", Ours.Find("gpt-5.6")?.Id);
        Assert.Equal("gpt-5.6-sol", Ours.Find("gpt-5.6-sol")?.Id);
        Assert.Null(Ours.Find("gpt-99"));
    }

    [Theory]
    [InlineData("gemini-2.5-pro", 2026, 10, 15, ModelStatus.Deprecated)]
    [InlineData("gemini-2.5-pro", 2026, 10, 16, ModelStatus.Retired)]
    [InlineData("gpt-5", 2026, 12, 9, ModelStatus.Deprecated)]
    [InlineData("gpt-5", 2026, 12, 10, ModelStatus.Retired)]
    [InlineData("claude-opus-4-1", 2026, 8, 4, ModelStatus.Deprecated)]
    [InlineData("claude-opus-4-1", 2026, 9, 23, ModelStatus.Retired)]
    [InlineData("gemini-3.1-pro-preview", 2026, 9, 23, ModelStatus.Preview)]
    [InlineData("devstral-2512", 2026, 9, 23, ModelStatus.Deprecated)]
    [InlineData("claude-opus-5-5", 2026, 9, 23, ModelStatus.Active)]
    public void The_status_follows_the_clock(
        string id,
        int year,
        int month,
        int day,
        ModelStatus expected
    )
    {
        var at = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(expected, Ours.Find(id)!.StatusAt(at));
    }

    [Fact]
    public void A_retired_model_is_not_found_and_names_what_to_use_instead()
    {
        Assert.True(Ours.Resolve("claude-opus-4-1", Day).Denied(out var denial, out _));
        var missing = Assert.IsType<Denial.ModelNotFound>(denial);
        Assert.Equal("It was retired on 2026-08-05. Use 'claude-opus-5-5' instead.", missing.Hint);
    }

    [Fact]
    public void A_misspelt_model_is_not_found_and_names_the_nearest()
    {
        Assert.True(Ours.Resolve("claude-opus-55", Day).Denied(out var denial, out _));
        Assert.Equal(
            "Did you mean 'claude-opus-5-5'?",
            Assert.IsType<Denial.ModelNotFound>(denial).Hint
        );
    }

    [Fact]
    public void A_suggestion_is_never_a_retired_model()
    {
        Assert.True(Ours.Resolve("claude-opus-4-1x", Day).Denied(out var denial, out _));
        Assert.DoesNotContain(
            "claude-opus-4-1'",
            Assert.IsType<Denial.ModelNotFound>(denial).Hint!,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("simulated/openai-chat-only", OfferProtocol.OpenAiChat)]
    [InlineData("simulated/responses-only", OfferProtocol.OpenAiResponses)]
    [InlineData("simulated/anthropic-only", OfferProtocol.AnthropicMessages)]
    [InlineData("simulated/gemini-only", OfferProtocol.GeminiGenerate)]
    public void A_simulated_model_of_one_protocol_offers_exactly_that(
        string id,
        OfferProtocol protocol
    )
    {
        Assert.Equal([protocol], Ours.Find(id)!.Offers.Single().Protocols);
    }

    [Fact]
    public void The_price_version_is_the_hash_of_its_json_and_does_not_change_between_loads()
    {
        var at = Day;
        foreach (var offer in Ours.Models.SelectMany(m => m.Offers))
        {
            var pinned = Ours.Pin(offer, at);
            var bytes = System.Text.Encoding.UTF8.GetBytes(pinned.Json);
            var hash = Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(bytes)
            );
            Assert.Equal("price_" + hash[..32], pinned.VersionId);
        }
        var again = ModelCatalog.Load(null);
        Assert.Equal(
            Ours.Models.SelectMany(m => m.Offers).Select(o => Ours.Pin(o, at).VersionId),
            again.Models.SelectMany(m => m.Offers).Select(o => again.Pin(o, at).VersionId),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void The_receipt_shows_unit_prices_in_one_canonical_form()
    {
        var offer = Ours.Find("gpt-6-sol")!.Offers.Single();
        Assert.Equal(
            """{"model":"gpt-6-sol","provider":"openai","upstream_model":"gpt-6-sol","currency":"USD","unit":"per_million_tokens","rates":{"input":"2","output":"10","cache_read":"0.2","cache_write":"2.5","web_search_per_request":"0.01"},"tiers":[{"from_input_tokens":272001,"input":"4","output":"15","cache_read":"0.4","cache_write":"5","web_search_per_request":"0.01"}],"service_tier_multipliers":{"priority":"2"}}""",
            Ours.Pin(offer, Day).Json
        );
        Assert.Equal("price_", Ours.Pin(offer, Day).VersionId[..6]);
    }
}
