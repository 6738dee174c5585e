using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Holds and settlements of one node, on both stores.</summary>
public sealed class HoldTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_settled_request_costs_base_and_both_markups_and_leaves_the_rest(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(gatewayBps: 500, resellerBps: 2_000);
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");

        var hold = await node.HoldAsync(payer, 2 * Cent);
        Assert.Equal(new NanoUsd(2 * Cent * 105 / 100 * 120 / 100), hold.Amount);
        var charge = await SettleAsync(hold, Cent);

        Assert.Equal(new NanoUsd(10_000_000), charge.Base);
        Assert.Equal(new NanoUsd(500_000), charge.GatewayMarkup);
        Assert.Equal(new NanoUsd(2_100_000), charge.ResellerMarkup);
        Assert.Equal(new NanoUsd(12_600_000), charge.Total);
        Assert.Equal(new NanoUsd((10 * Usd) - 12_600_000), charge.BalanceAfter);
        await AssertBooksAsync(store, payer, (10 * Usd) - 12_600_000);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_project_without_money_is_asked_to_pay(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();

        var noWallet = await node.DenialAsync(payer, Cent);
        await node.Credits.OpenWalletAsync(payer.Project);
        var empty = await node.DenialAsync(payer, Cent);
        await node.Credits.TopupAsync(payer.Project, 1, "pi_1");
        var tooLittle = await node.DenialAsync(payer, 3 * Cent);

        Assert.Equal(new Denial.InsufficientBalance(new(0), new(Cent)), noWallet);
        Assert.Equal(new Denial.InsufficientBalance(new(0), new(Cent)), empty);
        Assert.Equal(new Denial.InsufficientBalance(new(Cent), new(3 * Cent)), tooLittle);
        await AssertBooksAsync(store, payer, Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_costs_nothing_needs_no_money(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(gatewayBps: 500);

        var charge = await node.ChargeAsync(payer, 0, 0);
        await node.Credits.TopupAsync(payer.Project, 1, "pi_1");
        await node.ChargeAsync(payer, Cent / 2, Cent / 2);
        await node.ChargeAsync(payer, 0, 0);

        Assert.Equal(NanoUsd.Zero, charge.Total);
        Assert.IsType<Denial.InsufficientBalance>(await node.DenialAsync(payer, Cent));
        await AssertBooksAsync(store, payer, Cent - (Cent / 2 * 105 / 100));
    }

    // Case 26.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task Of_200_concurrent_requests_a_balance_for_10_admits_10_and_puts_the_rest_on_hold(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(_ =>
                    Task.Run(async () => await node.Ledger.HoldAsync(Request(payer, Cent), Ct), Ct)
                )
        );

        List<Hold> holds = [];
        foreach (var outcome in outcomes)
        {
            if (outcome.Denied(out var denial, out var hold))
            {
                var onHold = Assert.IsType<Denial.BalanceOnHold>(denial);
                Assert.Equal(new NanoUsd(10 * Cent), onHold.Balance);
            }
            else
            {
                holds.Add(hold);
            }
        }

        Assert.Equal(10, holds.Count);
        await Task.WhenAll(holds.Select(hold => SettleAsync(hold, Cent)));
        Assert.IsType<Denial.InsufficientBalance>(await node.DenialAsync(payer, Cent));
        await AssertBooksAsync(store, payer, 0);
    }

    // Case 12, 13, 14.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_hold_ends_once_and_the_first_end_counts(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");

        var settled = await node.HoldAsync(payer, 5 * Cent);
        var first = await SettleAsync(settled, 2 * Cent);
        var again = await SettleAsync(settled, 2 * Cent);
        Assert.Equal(first, again);
        Assert.Equal(0, node.Alarms.CountOf(LedgerAlarms.Contradiction));

        Assert.Equal(first, await SettleAsync(settled, 3 * Cent));
        settled.Release();
        Assert.Equal(2, node.Alarms.CountOf(LedgerAlarms.Contradiction));

        var released = await node.HoldAsync(payer, 5 * Cent);
        released.Release();
        released.Release();
        Assert.Equal(NanoUsd.Zero, (await SettleAsync(released, Cent)).Total);
        Assert.Equal(3, node.Alarms.CountOf(LedgerAlarms.Contradiction));
        await AssertBooksAsync(store, payer, 98 * Cent);
    }

    // Case 15, 16.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_exceeds_the_hold_comes_from_the_lease_and_beyond_it_from_the_operator(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(resellerBps: 1_000);
        await node.Credits.TopupAsync(payer.Project, 11, "pi_1");

        var charge = await node.ChargeAsync(payer, Cent, 4 * Cent);
        Assert.True(charge.Total == new NanoUsd(4 * Cent * 11 / 10) || kind is StoreKind.Postgres);
        var last = await node.HoldAsync(payer, Cent);
        var beyond = await SettleAsync(last, 50 * Cent);

        Assert.True(beyond.Total < new NanoUsd(50 * Cent));
        Assert.Equal(beyond.Total, beyond.Base + beyond.GatewayMarkup + beyond.ResellerMarkup);
        var left = (11 * Cent) - charge.Total.Value - beyond.Total.Value;
        Assert.True(left >= 0);
        Assert.True(left == 0 || kind is StoreKind.Postgres);
        await AssertBooksAsync(store, payer, left);
    }

    // Case 17, 64, 61.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task Promotional_credit_goes_first_earns_nothing_and_splits_exactly(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(resellerBps: 5_000);
        await node.Credits.GrantPromoAsync(payer.Project, new(3 * Cent), "welcome");
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");

        var none = await node.ChargeAsync(payer, Cent, 0);
        Assert.Equal(NanoUsd.Zero, none.Total);
        var charge = await node.ChargeAsync(payer, 10 * Cent, 10 * Cent);

        Assert.Equal(new NanoUsd(15 * Cent), charge.Total);
        await using var connection = await store.Database.OpenAsync(Ct);
        var row = connection.QueryOne(
            "SELECT paid, promo, earned FROM charge WHERE base > 0",
            r => (Paid: r.GetInt64(0), Promo: r.GetInt64(1), Earned: r.GetInt64(2))
        );
        Assert.Equal((12 * Cent, 3 * Cent, 5 * Cent * 12 / 15), row);
        await AssertBooksAsync(store, payer, 88 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_hold_is_cut_down_to_what_the_balance_affords_but_not_below_its_minimum(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(gatewayBps: 1_000);
        await node.Credits.TopupAsync(payer.Project, 11, "pi_1");

        var hold = await node.HoldAsync(payer, 50 * Cent, minimum: 2 * Cent);
        Assert.Equal(new NanoUsd(10 * Cent), hold.BaseMax);
        Assert.Equal(new NanoUsd(11 * Cent), hold.Amount);
        var denial = await node.DenialAsync(payer, 2 * Cent);
        Assert.IsType<Denial.BalanceOnHold>(denial);
        hold.Release();
        await AssertBooksAsync(store, payer, 11 * Cent);
    }

    // Case 65 and property 10.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_stop_settles_nothing_twice_and_leaves_nothing_leased(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        var charges = Enumerable
            .Range(0, 50)
            .Select(_ => node.ChargeAsync(payer, Cent, Cent))
            .ToList();
        await Task.WhenAll(charges);

        await node.Ledger.CloseAsync();
        await node.DisposeAsync();

        await using var connection = await store.Database.OpenAsync(Ct);
        var leased = connection.QueryOne(
            "SELECT paid_leased + promo_leased FROM wallet",
            row => row.GetInt64(0)
        );
        Assert.Equal(0, leased);
        await AssertBooksAsync(store, payer, 950 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task In_the_steady_state_a_hold_completes_at_once(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100_000, "pi_1");
        await node.ChargeAsync(payer, Cent, Cent);

        var hold = node.Ledger.HoldAsync(Request(payer, Cent), Ct);

        Assert.True(hold.IsCompletedSuccessfully);
        Assert.False((await hold).Denied(out _, out var held));
        Assert.True(node.Ledger.AffordableBase(payer) > NanoUsd.Zero);
        held!.Release();
        await AssertBooksAsync(store, payer, 99_999 * Cent);
    }
}
