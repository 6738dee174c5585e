using System.Globalization;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Hosts of one format differ in the name of the limit; one by another name is no limit.</summary>
public sealed class HostCapTests
{
    [Theory]
    [InlineData("groq", "max_completion_tokens")]
    [InlineData("first", "max_tokens")]
    public async Task The_cap_of_the_balance_has_the_name_that_the_host_knows(
        string provider,
        string name
    )
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = $$"""
                {"catalog":{
                  "providers":[{"id":"{{provider}}","name":"P","base_url":"{{upstream.Address}}/{{provider}}","auth":"none"}],
                  "models":[{"id":"m","name":"M","vendor":"v","type":"language","context_window":100000,
                   "max_output":10000,"input":["text"],"auto_route":false,
                   "offers":[{"provider":"{{provider}}","upstream_id":"m","protocols":["openai.chat"],
                    "price":{"input":"1","output":"4"} }]}]} }
                """,
                Settings = [("Demo:BalanceCents", "2")],
            }
        );

        using var sent = await host.PostAsync(Ask.Chat, Ask.For(Ask.Chat, "m").ToJsonString());

        var answer = await PaidAnswer.ReadAsync(sent);
        var cap = answer.Expect(200).Header("X-Arda-Max-Tokens-Applied");
        var asked = Assert.Single(upstream.Of("m")).Json;
        Assert.Equal(cap, ((long)asked[name]!).ToString(CultureInfo.InvariantCulture));
    }
}
