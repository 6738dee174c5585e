using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Crashes, lost answers and stores that are away, one node.</summary>
public sealed class FaultTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    // Case 1, 3.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task After_a_crash_holds_cost_nothing_and_all_their_money_is_back_at_once(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        var payer = Payer();
        await using (var node = await LedgerNode.StartAsync(store))
        {
            await node.Credits.TopupAsync(payer.Project, 10, "pi_1");
            await node.ChargeAsync(payer, Cent, Cent);
            await node.HoldAsync(payer, 9 * Cent);
        }

        await using var next = await LedgerNode.StartAsync(store);
        await AssertBooksAsync(store, payer, 9 * Cent);
        await next.ChargeAsync(payer, 9 * Cent, 9 * Cent);
        await AssertBooksAsync(store, payer, 0);
    }

    // Case 2.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task After_a_crash_the_journal_knows_the_large_holds_and_progress_stays_charged(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        var payer = Payer();
        GenerationId running;
        await using (var node = await LedgerNode.StartAsync(store))
        {
            await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
            var hold = await node.HoldAsync(payer, 20 * Cent);
            var done = await node.HoldAsync(payer, 20 * Cent);
            running = hold.Request.Id;
            hold.BookProgress(Facts(3 * Cent));
            hold.BookProgress(Facts(5 * Cent));
            await SettleAsync(done, Cent);
            await node.Ledger.TickAsync();
            await node.ChargeAsync(payer, Cent, Cent);
        }

        await using var next = await LedgerNode.StartAsync(store);
        await using var connection = await store.Database.OpenAsync(Ct);
        var journal = connection.Query(
            "SELECT id, amount, provider FROM hold_journal WHERE crashed_at IS NOT NULL",
            row => (row.GetString(0), row.GetInt64(1), row.GetString(2))
        );
        Assert.Equal([(running.Value, 20 * Cent, "simulated")], journal);
        Assert.Equal(1, next.Alarms.CountOf(LedgerAlarms.Crashed));
        await AssertBooksAsync(store, payer, 93 * Cent);
    }

    // Case 10.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_commit_whose_answer_is_lost_is_sent_again_and_counts_once(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        FaultyDatabase? faulty = null;
        await using var node = await LedgerNode.StartAsync(
            store,
            wrap: inner => faulty = new FaultyDatabase(inner)
        );
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var hold = await node.HoldAsync(payer, 10 * Cent);

        faulty!.LoseAnswers(2);
        var charge = await SettleAsync(hold, 10 * Cent);

        Assert.Equal(new NanoUsd(90 * Cent), charge.BalanceAfter);
        Assert.True(node.Alarms.CountOf(LedgerAlarms.StoreDown) >= 2);
        await AssertBooksAsync(store, payer, 90 * Cent);
    }

    // Case 24.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_lease_whose_answer_is_lost_is_taken_back_when_the_node_asks_again(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        FaultyDatabase? faulty = null;
        await using var node = await LedgerNode.StartAsync(
            store,
            wrap: inner => faulty = new FaultyDatabase(inner)
        );
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");

        faulty!.LoseAnswers(1);
        Assert.IsType<Denial.LedgerUnavailable>(await node.DenialAsync(payer, 10 * Cent));
        await node.ChargeAsync(payer, 10 * Cent, 10 * Cent);

        await AssertBooksAsync(store, payer, 0);
    }

    // Case 9.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task While_the_store_is_away_leases_serve_and_the_backlog_is_booked_once(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        FaultyDatabase? faulty = null;
        await using var node = await LedgerNode.StartAsync(
            store,
            set: options => options with { SettleWait = TimeSpan.FromMilliseconds(100) },
            wrap: inner => faulty = new FaultyDatabase(inner)
        );
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 10_000, "pi_1");
        var hold = await node.HoldAsync(payer, 10 * Cent);

        faulty!.IsDown = true;
        var unsettled = await hold.SettleAsync(Facts(10 * Cent));
        Assert.True(unsettled.Denied(out var denial, out _));
        Assert.IsType<Denial.LedgerUnavailable>(denial);
        var fromLease = await node.HoldAsync(payer, Cent);
        Assert.IsType<Denial.LedgerUnavailable>(await node.DenialAsync(payer, 9_990 * Cent));
        faulty.IsDown = false;

        // The first settlement was kept; settling again only waits for it.
        await SettledAtLastAsync(fromLease, Cent);
        Assert.Equal(new NanoUsd(10 * Cent), (await SettledAtLastAsync(hold, 10 * Cent)).Total);
        await AssertBooksAsync(store, payer, 9_989 * Cent);
    }

    // A tenth of a second is short on a busy machine; who is told to come again does so.
    private static async Task<SettledCharge> SettledAtLastAsync(Hold hold, long basePrice)
    {
        for (var tries = 1; ; tries++)
        {
            var outcome = await hold.SettleAsync(Facts(basePrice));
            if (!outcome.Denied(out var denial, out var charge))
            {
                return charge;
            }

            Assert.True(tries < 100, $"still denied: {denial}");
        }
    }

    // Case 22.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_second_process_with_the_same_name_takes_over_and_the_first_settles_late(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var first = await LedgerNode.StartAsync(store, policy: LeasePolicy.Shared);
        var payer = Payer();
        await first.Credits.TopupAsync(payer.Project, 10, "pi_1");
        var running = await first.HoldAsync(payer, 6 * Cent);
        var other = await first.HoldAsync(payer, 4 * Cent);

        await using var second = await LedgerNode.StartAsync(store, policy: LeasePolicy.Shared);
        await second.ChargeAsync(payer, 7 * Cent, 7 * Cent);
        var late = await SettleAsync(running, 6 * Cent);
        var nothing = await SettleAsync(other, 4 * Cent);

        // Three cents were left: the operator absorbs the other seven.
        Assert.Equal(new NanoUsd(3 * Cent), late.Total);
        Assert.Equal(NanoUsd.Zero, nothing.Total);
        Assert.Equal(2, first.Alarms.CountOf(LedgerAlarms.Late));
        Assert.IsType<Denial.LedgerUnavailable>(await first.DenialAsync(payer, Cent));
        Assert.Equal(1, first.Alarms.CountOf(LedgerAlarms.Fenced));
        await AssertBooksAsync(store, payer, 0);
    }

    // Case 11.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_charge_that_was_booked_before_its_lease_was_reclaimed_is_not_booked_late(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        FaultyDatabase? faulty = null;
        await using var node = await LedgerNode.StartAsync(
            store,
            set: options => options with { SettleWait = TimeSpan.FromMilliseconds(100) },
            wrap: inner => faulty = new FaultyDatabase(inner)
        );
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");
        var hold = await node.HoldAsync(payer, 6 * Cent);
        faulty!.LoseAnswers(int.MaxValue);
        Assert.True((await hold.SettleAsync(Facts(6 * Cent))).Denied(out _, out _));

        // Another process under the same name reclaims the lease in between.
        await using var second = await LedgerNode.StartAsync(store);
        faulty.LoseAnswers(0);
        await SettledAtLastAsync(hold, 6 * Cent);

        Assert.Equal(0, node.Alarms.CountOf(LedgerAlarms.Late));
        await AssertBooksAsync(store, payer, 4 * Cent);
    }

    // Case 66.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task One_row_that_the_tables_refuse_does_not_stop_its_neighbours(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        var holds = new List<Hold>();
        for (var i = 0; i < 20; i++)
        {
            holds.Add(await node.HoldAsync(payer, Cent));
        }

        var settles = holds.ConvertAll(hold =>
            hold.SettleAsync(hold == holds[7] ? Facts(Cent) with { Model = null! } : Facts(Cent))
                .AsTask()
        );
        var outcomes = await Task.WhenAll(settles);

        Assert.Equal([7], Enumerable.Range(0, 20).Where(i => outcomes[i].Denied(out _, out _)));
        Assert.Equal(1, node.Alarms.CountOf(LedgerAlarms.Quarantined));
        await using var connection = await store.Database.OpenAsync(Ct);
        var kept = connection.QueryOne("SELECT id FROM charge_quarantine", row => row.GetString(0));
        Assert.Equal(holds[7].Request.Id.Value, kept);
        await AssertBooksAsync(store, payer, 981 * Cent);
    }

    // Case 67.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task Impossible_figures_of_a_provider_never_cost_more_than_the_hold(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 500_000, "pi_1");

        var tooMuch = await node.ChargeAsync(payer, Cent, 2_000 * Usd);
        var negative = await node.ChargeAsync(payer, Cent, -5);

        Assert.Equal(new NanoUsd(Cent), tooMuch.Total);
        Assert.Equal(NanoUsd.Zero, negative.Total);
        Assert.Equal(2, node.Alarms.CountOf(LedgerAlarms.Garbage));
        await AssertBooksAsync(store, payer, 499_999 * Cent);
    }

    // Case 33, 34, and ruling 6.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_provider_error_is_free_and_takes_back_what_progress_had_booked(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(gatewayBps: 1_000, resellerBps: 2_500) with
        {
            Connection = ConnectionId.New(),
            ConnectionMonthlyLimit = new(Usd),
            KeyMonthlyLimit = new(Usd),
        };
        await node.Credits.GrantPromoAsync(payer.Project, new(Cent), "welcome");
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");

        var hold = await node.HoldAsync(payer, 20 * Cent);
        hold.BookProgress(Facts(2 * Cent));
        hold.BookProgress(Facts(5 * Cent));
        var free = await SettleAsync(hold, 7 * Cent, ChargeOutcome.ProviderError);

        Assert.Equal(NanoUsd.Zero, free.Total);
        Assert.Equal(new NanoUsd(101 * Cent), free.BalanceAfter);
        await using var connection = await store.Database.OpenAsync(Ct);
        var sums = connection.QueryOne(
            "SELECT SUM(base), SUM(absorbed), SUM(earned), SUM(cogs) FROM charge",
            row => new[] { row.GetValue(0), row.GetValue(1), row.GetValue(2), row.GetValue(3) }
        );
        Assert.Equal([7 * Cent, 7 * Cent, 0L, 7 * Cent], sums!.Select(Convert.ToInt64));
        await AssertBooksAsync(store, payer, 101 * Cent);
        await node.ChargeAsync(payer, 70 * Cent, 70 * Cent);
        await AssertBooksAsync(store, payer, (101 * Cent) - (7_000 * Cent * 1375 / 100_000));
    }

    // Case 32: a count of ours that was too high is corrected in the user's favour.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_final_figure_below_what_progress_booked_gives_the_difference_back(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(resellerBps: 1_000);
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");

        var hold = await node.HoldAsync(payer, 20 * Cent);
        hold.BookProgress(Facts(10 * Cent));
        var charge = await SettleAsync(hold, 6 * Cent);

        Assert.Equal(new NanoUsd(6 * Cent * 11 / 10), charge.Total);
        await AssertBooksAsync(store, payer, (100 * Cent) - (6 * Cent * 11 / 10));
    }

    // Case 31 and 35: progress and the rest are one charge, to the nano.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task Progress_charges_and_the_rest_add_up_to_one_charge(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer(gatewayBps: 333, resellerBps: 777);
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");

        var hold = await node.HoldAsync(payer, 20 * Cent);
        foreach (var soFar in new long[] { 1, 333, 7_777_777, 12_345_678, 50_000_003 })
        {
            hold.BookProgress(Facts(soFar));
        }

        // A small balance is leased to the nano, so that the first wish to grow only asks for it.
        while (!hold.TryExtend(new(Cent)))
        {
            await Task.Delay(1, Ct);
        }

        var charge = await SettleAsync(hold, 77_777_777, ChargeOutcome.Cut);

        var parts = ChargeParts.Of(new(77_777_777), 333, 777);
        Assert.Equal(parts.Total, charge.Total);
        Assert.Equal(parts.ResellerMarkup, charge.ResellerMarkup);
        await AssertBooksAsync(store, payer, (100 * Cent) - parts.Total.Value);
    }
}
