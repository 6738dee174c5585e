using System.Net;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>Every class of usage at every shape of price, to the nano-dollar.</summary>
public sealed class PriceShapeTests(CraftedGateway gateway) : IClassFixture<CraftedGateway>
{
    public static TheoryData<string> Usages => [.. CraftedAnswers.Ids];

    [Theory]
    [MemberData(nameof(Usages))]
    public async Task A_usage_costs_the_same_by_hand_at_every_price(string id)
    {
        foreach (var price in PriceLists.All)
        {
            var crafted = CraftedAnswers.At(id, price);
            gateway.Upstream.Play(crafted);
            var before = await gateway.BalanceAsync();
            var api = crafted.Api == "gemini.generateContent" ? "openai.chat" : crafted.Api;

            using var answer = await gateway.PostAsync(
                ClientDialect.PathOf(api),
                ClientDialect.Question(api, RecordedGateway.ModelOf(crafted), stream: false)
            );
            var text = await answer.Content.ReadAsStringAsync(
                TestContext.Current.CancellationToken
            );

            Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
            await Replayed.IsChargedAsync(gateway, crafted, before, answer, text);
        }
    }

    [Fact]
    public void The_price_lists_differ_where_they_should()
    {
        var used = Used.Of(
            CraftedAnswers.At("openai/chat-all-classes", PriceLists.Named("plain"))
        )!;
        var totals = PriceLists.All.Select(price => price.Bill(used, 0, 0).Base).ToList();
        Assert.Equal(totals.Count, totals.Distinct().Count());
    }
}
