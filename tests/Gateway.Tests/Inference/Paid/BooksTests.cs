using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>What the operator is told of the books after requests were paid.</summary>
public sealed class BooksTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    [Fact]
    public async Task Verification_tells_how_much_it_was_said_about()
    {
        var before = await TotalsAsync();
        var client = await gateway.ClientAsync(NanoUsd.FromCents(500));
        var model = gateway.FreshModel("one");
        (await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, model))).Expect(200);

        var after = await TotalsAsync();

        Assert.Equal(1, Grown("wallets"));
        Assert.Equal(1, Grown("charges"));
        Assert.Equal(0, Grown("quarantined_charges"));
        // 10 prompt tokens at one and 5 of the answer at four micro-dollars.
        Assert.Equal(30_000, Grown(NameOf("charged")));
        Assert.Equal(30_000, Grown(NameOf("provider_cost")));
        Assert.Equal(5_000_000_000, Grown(NameOf("credited")));
        Assert.Equal(5_000_000_000 - 30_000, Grown(NameOf("balance")));
        Assert.Equal(0, Grown(NameOf("debt")));

        long Grown(string name) => Amount(after, name) - Amount(before, name);

        string NameOf(string amount) =>
            after
                .Select(one => one.Key)
                .Single(key => key.StartsWith(amount + "_nano_", StringComparison.Ordinal));
    }

    private static long Amount(JsonObject totals, string name) =>
        long.Parse((string)totals[name]!, CultureInfo.InvariantCulture);

    private async Task<JsonObject> TotalsAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/ledger/verify");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            gateway.Host.Demo.GetProperty("admin_token").GetString()
        );
        var ct = TestContext.Current.CancellationToken;
        using var answer = await gateway.Host.Client.SendAsync(request, ct);
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))!;
        Assert.True((bool)told["ok"]!);
        return told["totals"]!.AsObject();
    }
}
