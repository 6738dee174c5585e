using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

public sealed class UsageSummariesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private static DateOnly Today =>
        DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_summary_adds_up_by_day_model_app_and_key(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var usage = new UsageSummaries(store.Database);
        var own = Payer();
        var app = AppId.New();
        var ofApp = own with { Key = KeyId.New(), App = app, Connection = ConnectionId.New() };
        await node.Credits.TopupAsync(own.Project, 1_000, "pi_1");
        await node.ChargeAsync(own, 2 * Cent, Cent);
        await node.ChargeAsync(own, 2 * Cent, Cent);
        var hold = await node.HoldAsync(ofApp, 9 * Cent);
        hold.BookProgress(Facts(2 * Cent));
        await SettleAsync(hold, 5 * Cent);

        // The day may turn while the test runs.
        var summary = await usage.SummarizeAsync(
            own.Project,
            Today.AddDays(-2),
            Today.AddDays(1),
            Ct
        );

        Assert.Equal(4, summary.Days.Count);
        Assert.Equal(3, summary.Requests);
        Assert.Equal(new NanoUsd(7 * Cent), summary.Charged);
        Assert.Equal(0, summary.Days[0].Requests);
        Assert.Equal(new UsagePart("sim/model", 3, new(7 * Cent)), Assert.Single(summary.Models));
        Assert.Equal([new(app.Value, 1, new(5 * Cent)), new("", 2, new(2 * Cent))], summary.Apps);
        Assert.Equal([ofApp.Key.Value, own.Key.Value], summary.Keys.Select(part => part.Name));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_list_goes_back_in_time_page_by_page_and_shows_a_request_once(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var usage = new UsageSummaries(store.Database);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        List<GenerationId> made = [];
        for (var i = 1; i <= 3; i++)
        {
            var hold = await node.HoldAsync(payer, 9 * Cent);
            hold.BookProgress(Facts(Cent));
            await SettleAsync(hold, (i + 1) * Cent);
            made.Add(hold.Request.Id);
        }

        var first = await usage.ListAsync(payer.Project, null, 2, Ct);
        var rest = await usage.ListAsync(payer.Project, first[^1].Id, 2, Ct);

        Assert.Equal([made[2], made[1]], first.Select(line => line.Id));
        Assert.Equal(new NanoUsd(4 * Cent), first[0].Charged);
        Assert.Equal([made[0]], rest.Select(line => line.Id));
        Assert.Empty(await usage.ListAsync(ProjectId.New(), null, 2, Ct));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_month_of_a_connection_is_what_its_limit_counts(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var usage = new UsageSummaries(store.Database);
        var connection = ConnectionId.New();
        var payer = Payer() with { App = AppId.New(), Connection = connection };
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        await node.ChargeAsync(payer, 2 * Cent, Cent);

        var spent = await usage.ReadMonthAsync(
            [connection.Value, payer.Key.Value, "con_other"],
            TimeProvider.System.GetUtcNow(),
            Ct
        );

        Assert.Equal(new NanoUsd(Cent), spent[connection.Value]);
        Assert.Equal(new NanoUsd(Cent), spent[payer.Key.Value]);
        Assert.Equal(2, spent.Count);
    }
}
