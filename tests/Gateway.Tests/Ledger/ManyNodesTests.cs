using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Several nodes on one PostgreSQL.</summary>
public sealed class ManyNodesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Case 25 and property 9.
    [Fact]
    public async Task Idle_money_of_another_node_is_recalled_before_anybody_is_denied()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var b = await LedgerNode.StartAsync(store, "n2", policy: Greedy);
        var payer = Payer();
        await a.Credits.TopupAsync(payer.Project, 1_000, "pi_1");
        var idle = await b.HoldAsync(payer, Cent);
        Assert.Equal(new NanoUsd(999 * Cent), b.Ledger.AffordableBase(payer));

        await a.ChargeAsync(payer, 999 * Cent, 999 * Cent);

        var denial = await a.DenialAsync(payer, Cent);
        Assert.IsType<Denial.BalanceOnHold>(denial);
        await SettleAsync(idle, Cent);
        Assert.IsType<Denial.InsufficientBalance>(await a.DenialAsync(payer, Cent));
        await AssertBooksAsync(store, payer, 0);
    }

    // A lease is grown for who waits; who comes meanwhile may be quicker, and nobody is refused for it.
    [Fact]
    public async Task Whoever_comes_at_the_same_time_no_hold_that_fits_is_refused()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var node = await LedgerNode.StartAsync(store);
        for (var round = 0; round < 20; round++)
        {
            var payer = Payer();
            await node.Credits.TopupAsync(payer.Project, 1_000, payer.Project.Value);
            var holds = await Task.WhenAll(
                Enumerable
                    .Range(0, 90)
                    .Select(i => Task.Run(() => node.HoldAsync(payer, ((i % 10) + 1) * Cent), Ct))
            );
            Assert.Equal(90, holds.Length);
        }
    }

    // Case 26, on three nodes.
    [Fact]
    public async Task Of_200_requests_on_three_nodes_a_balance_for_10_admits_at_most_10()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var b = await LedgerNode.StartAsync(store, "n2");
        await using var c = await LedgerNode.StartAsync(store, "n3");
        LedgerNode[] nodes = [a, b, c];
        var payer = Payer();
        await a.Credits.TopupAsync(payer.Project, 10, "pi_1");

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(i =>
                    Task.Run(
                        async () => await nodes[i % 3].Ledger.HoldAsync(Request(payer, Cent), Ct),
                        Ct
                    )
                )
        );
        List<Hold> holds = [];
        foreach (var outcome in outcomes)
        {
            if (outcome.Denied(out var denial, out var hold))
            {
                Assert.IsType<Denial.BalanceOnHold>(denial);
            }
            else
            {
                holds.Add(hold);
            }
        }

        Assert.Equal(10, holds.Count);
        await Task.WhenAll(holds.Select(hold => SettleAsync(hold, Cent)));
        await AssertBooksAsync(store, payer, 0);
    }

    [Fact]
    public async Task A_limit_is_exact_across_nodes()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var b = await LedgerNode.StartAsync(store, "n2");
        var payer = Payer() with { KeyMonthlyLimit = new(10 * Cent) };
        await a.Credits.TopupAsync(payer.Project, 10_000, "pi_1");
        await a.ChargeAsync(payer, Cent, Cent);

        await b.ChargeAsync(payer, 9 * Cent, 9 * Cent);

        Assert.IsType<Denial.KeyLimitReached>(await a.DenialAsync(payer, 1));
        await AssertBooksAsync(store, payer, 9_990 * Cent);
    }

    // Case 71.
    [Fact]
    public async Task A_dead_nodes_money_is_back_after_its_heartbeat_is_missed()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var alive = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await alive.Credits.TopupAsync(payer.Project, 500, "pi_1");
        await using (var dead = await LedgerNode.StartAsync(store, "n2", policy: Greedy))
        {
            await dead.HoldAsync(payer, 500 * Cent);
        }

        Assert.IsType<Denial.BalanceOnHold>(await alive.DenialAsync(payer, 500 * Cent));
        Assert.Equal(0, await SweepAsync(store, TimeSpan.FromSeconds(31), mayDeclareDead: false));
        Assert.Equal(1, await SweepAsync(store, TimeSpan.FromSeconds(31), mayDeclareDead: true));
        await alive.ChargeAsync(payer, 500 * Cent, 500 * Cent);
        await AssertBooksAsync(store, payer, 0);
    }

    // Case 19 and 21.
    [Fact]
    public async Task A_node_that_was_away_beyond_its_hard_end_settles_late_and_never_overdraws()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var paused = await LedgerNode.StartAsync(store, "n2");
        var payer = Payer();
        await a.Credits.TopupAsync(payer.Project, 10, "pi_1");
        var first = await paused.HoldAsync(payer, 6 * Cent);
        var second = await paused.HoldAsync(payer, 4 * Cent);

        Assert.Equal(1, await SweepAsync(store, TimeSpan.FromSeconds(721), mayDeclareDead: false));
        await a.ChargeAsync(payer, 7 * Cent, 7 * Cent);
        var charges = await Task.WhenAll(
            SettleAsync(first, 6 * Cent),
            SettleAsync(second, 4 * Cent)
        );

        Assert.Equal(new NanoUsd(3 * Cent), charges[0].Total + charges[1].Total);
        Assert.Equal(2, paused.Alarms.CountOf(LedgerAlarms.Late));
        await AssertBooksAsync(store, payer, 0);
        // It asks again like any other node.
        await a.Credits.TopupAsync(payer.Project, 10, "pi_2");
        await paused.ChargeAsync(payer, 10 * Cent, 10 * Cent);
        await AssertBooksAsync(store, payer, 0);
    }

    [Fact]
    public async Task A_freeze_on_one_node_is_known_on_all_when_it_answers()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var b = await LedgerNode.StartAsync(store, "n2", policy: Greedy);
        var payer = Payer();
        await a.Credits.TopupAsync(payer.Project, 10_000, "pi_1");
        await b.ChargeAsync(payer, Cent, Cent);

        await a.Credits.FreezeAsync(payer.Project);

        Assert.IsType<Denial.ProjectFrozen>(await b.DenialAsync(payer, Cent));
        await AssertBooksAsync(store, payer, 9_999 * Cent);
    }

    // The bank test in small: random spending on shared projects, checked while it runs.
    [Fact]
    public async Task Three_nodes_that_spend_from_shared_projects_keep_the_books_at_every_moment()
    {
        await using var store = await OpenAsync(StoreKind.Postgres);
        await using var a = await LedgerNode.StartAsync(store);
        await using var b = await LedgerNode.StartAsync(store, "n2");
        await using var c = await LedgerNode.StartAsync(store, "n3");
        LedgerNode[] nodes = [a, b, c];
        var payers = Enumerable.Range(0, 4).Select(_ => Payer(200, 1_000)).ToArray();
        foreach (var (payer, i) in payers.Select((payer, i) => (payer, i)))
        {
            var text = i.ToString(CultureInfo.InvariantCulture);
            await a.Credits.TopupAsync(payer.Project, 150 * (i + 1), "pi_" + text);
            await a.Credits.GrantPromoAsync(payer.Project, new(20 * Cent), "pr_" + text);
        }

        var workers = Enumerable.Range(0, 12).Select(i => SpendAsync(nodes[i % 3], payers, i));
        var spending = Task.WhenAll(workers);
        do
        {
            Assert.Empty(await LedgerVerification.RunAsync(store.Database, Ct));
            await Task.Delay(20, Ct);
        } while (!spending.IsCompleted);

        await spending;
        Assert.Empty(await LedgerVerification.RunAsync(store.Database, Ct));
        Assert.All(nodes, node => Assert.Equal(0, node.Alarms.CountOf(LedgerAlarms.Broken)));
        Assert.All(nodes, node => Assert.Equal(0, node.Alarms.CountOf(LedgerAlarms.StoreDown)));
        await Task.WhenAll(nodes.Select(node => node.Ledger.CloseAsync()));
        await using var connection = await store.Database.OpenAsync(Ct);
        var leased = connection.QueryOne(
            "SELECT CAST(SUM(paid_leased + promo_leased) AS BIGINT) FROM wallet",
            row => row.GetInt64(0)
        );
        Assert.Equal(0, leased);
    }

    // Leases a quarter and more even of a small balance.
    private static LeasePolicy Greedy =>
        LeasePolicy.Shared with
        {
            Everything = true,
            GrantTime = TimeSpan.FromSeconds(60),
            HardTime = TimeSpan.FromSeconds(720),
        };

    private static async Task SpendAsync(LedgerNode node, Payer[] payers, int seed)
    {
        var random = new Seeded((ulong)seed);
        for (var i = 0; i < 40; i++)
        {
            var payer = payers[random.Up(payers.Length - 1)];
            var most = 1 + random.Up(8 * Cent);
            var outcome = await node.Ledger.HoldAsync(Request(payer, most), Ct);
            if (outcome.Denied(out _, out var hold))
            {
                continue;
            }

            if (random.OneIn(5))
            {
                hold.Release();
                continue;
            }

            if (random.OneIn(3))
            {
                hold.BookProgress(Facts(most / 3));
            }

            var failed = random.OneIn(10);
            var used = random.OneIn(10) ? most * 2 : random.Up(most);
            await SettleAsync(
                hold,
                used,
                failed ? ChargeOutcome.ProviderError : ChargeOutcome.Completed
            );
        }
    }

    private static Task<int> SweepAsync(TestStore store, TimeSpan later, bool mayDeclareDead) =>
        store.Database.WriteAsync(connection =>
        {
            var now = store.Database.Now(connection) + (long)later.TotalMilliseconds;
            // The node that sweeps is alive by then.
            connection.Execute(
                "UPDATE ledger_node SET heartbeat = @now WHERE id = 'n1'",
                ("now", now)
            );
            return Nodes.Sweep(connection, mayDeclareDead, now);
        });
}
