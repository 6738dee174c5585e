using System.Text;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Routing;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Routing;

/// <summary>arda/auto for a request that wants several answers: only Chat has a word for that.</summary>
public sealed class SeveralAnswersTests
{
    [Theory]
    [InlineData(1, "claude")]
    [InlineData(2, "gpt")]
    public void A_model_that_gives_one_answer_is_passed_over(int choices, string expected)
    {
        var outcome = Choose(choices, Model("claude", 60, "anthropic.messages"), Model("gpt", 50));
        Assert.False(outcome.Denied(out _, out var choice));
        Assert.Equal(expected, choice.Models[0].Model.Id);
    }

    [Fact]
    public void Where_nobody_gives_several_the_refusal_names_n()
    {
        var outcome = Choose(2, Model("claude", 60, "anthropic.messages"));
        Assert.True(outcome.Denied(out var denial, out _));
        Assert.Equal(new Denial.NoEligibleModel("n"), denial);
    }

    private static Outcome<RouteChoice> Choose(int choices, params string[] models)
    {
        var json = $$"""
            {"catalog":{
              "providers":[{"id":"p","name":"P","base_url":"http://127.0.0.1:9/v1","auth":"none"}],
              "models":[{{string.Join(',', models)}}]} }
            """;
        var catalog = ModelCatalog.Load(Encoding.UTF8.GetBytes(json), "arda.json");
        var question = new RouteQuestion
        {
            Features = RequestFeatures.None,
            PromptTokensMax = 10,
            Choices = choices,
            Wish = new RoutingWish(RoutingModes.Best, null, null),
            At = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero),
            IsConfigured = offer => offer.ProviderId == "p",
            IsReady = _ => true,
            CostMax = (_, _) => NanoUsd.Zero,
        };
        return AutoRoute.Choose(catalog.Models, question);
    }

    private static string Model(string id, int quality, string protocol = "openai.chat") =>
        $$"""
            {"id":"{{id}}","name":"M","vendor":"v","type":"language","context_window":1000,
             "input":["text"],"auto_route":true,"scores":{"catalog_intelligence":{{quality}}},
             "offers":[{"provider":"p","upstream_id":"m","protocols":["{{protocol}}"],
              "price":{"input":"1","output":"4"} }]}
            """;
}
