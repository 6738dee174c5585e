using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Simulation;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Resellers' side of the books: case 59 of the ledger, and what never may happen to a
/// payout (case 60).</summary>
public sealed class ResellerBooksTests
{
    private const string Currency = "XTS";
    private const string Who = "rsl_1";
    private const long Day = 86_400_000;

    public static TheoryData<StoreKind> Both => Stores.Both;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_day_matures_once_and_only_when_it_is_over(StoreKind kind)
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        await EarnAsync(node, 500);
        var today = await WriteAsync(store, c => EarningStore.DayOf(store.Database.Now(c)));

        Assert.False(await MatureAsync(store, today));
        Assert.True(await MatureAsync(store, today + 1));
        Assert.False(await MatureAsync(store, today + 1));

        await AssertAsync(store, available: 500);
    }

    // Case 60.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_payout_ends_once_paid_or_returned(StoreKind kind)
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        await EarnAsync(node, 500);
        await MatureAllAsync(store);

        Assert.False(await WriteAsync(store, c => Reserve(c, "b0", 501)));
        Assert.True(await WriteAsync(store, c => Reserve(c, "b1", 300)));
        Assert.True(await WriteAsync(store, c => Reserve(c, "b1", 300)));
        Assert.True(await WriteAsync(store, c => Reserve(c, "b2", 200)));
        await AssertAsync(store, inPayout: 500);

        Assert.True(await WriteAsync(store, c => Paid(c, "b1", "tr_1")));
        Assert.False(await WriteAsync(store, c => Paid(c, "b1", "tr_1")));
        Assert.False(await WriteAsync(store, c => Returned(c, "b1")));
        Assert.True(await WriteAsync(store, c => Returned(c, "b2")));
        Assert.False(await WriteAsync(store, c => Paid(c, "b2", "tr_2")));
        Assert.False(await WriteAsync(store, c => Paid(c, "none", "tr_3")));
        await AssertAsync(store, available: 200);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Of_many_batches_at_once_no_more_is_set_aside_than_there_is(StoreKind kind)
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        await EarnAsync(node, 500);
        await MatureAllAsync(store);

        var granted = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => WriteAsync(store, c => Reserve(c, $"b{i}", 100)))
        );

        Assert.Equal(5, granted.Count(isGranted => isGranted));
        await AssertAsync(store, inPayout: 500);
    }

    // Case 59: it is taken from what is there, the rest is owed, a loss, and paid by what comes.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_taken_back_beyond_what_is_there_is_netted_by_the_next_earnings(
        StoreKind kind
    )
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Money.Payer(resellerBps: 10_000);
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");
        await node.ChargeAsync(payer, 5 * Money.Cent, 5 * Money.Cent);
        await MatureAllAsync(store);
        await WriteAsync(store, c => Reserve(c, "b1", 4));
        await WriteAsync(store, c => Paid(c, "b1", "tr_1"));

        var effect = await node.Credits.DisputeWithdrawnAsync(payer.Project, "dp_1", "pi_1", 10);
        Assert.Equal(NanoUsd.FromCents(10), effect.Debt);
        await WriteAsync(
            store,
            c =>
            {
                PayoutStore.Lost(c, Who, NanoUsd.FromCents(4), Currency, store.Database.Now(c));
                return true;
            }
        );
        await AssertAsync(store, debt: 4);
        // What the user still owes is the price without the markup.
        await Money.AssertBooksAsync(store, payer, -5 * Money.Cent);

        var other = Money.Payer(resellerBps: 10_000);
        await node.Credits.TopupAsync(other.Project, 100, "pi_2");
        await node.ChargeAsync(other, 10 * Money.Cent, 10 * Money.Cent);
        await ShiftAsync(store);
        await MatureAllAsync(store);
        await AssertAsync(store, available: 6);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Promotional_credit_earns_nothing_and_nothing_of_it_is_taken_back(
        StoreKind kind
    )
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Money.Payer(resellerBps: 10_000);
        await node.Credits.GrantPromoAsync(payer.Project, NanoUsd.FromCents(6), "g");
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");
        // 16 in all: 6 promotional, 10 paid, so 5 of the 8 of markup are earned.
        await node.ChargeAsync(payer, 8 * Money.Cent, 8 * Money.Cent);

        var effect = await node.Credits.DisputeWithdrawnAsync(payer.Project, "dp_1", "pi_1", 10);

        var taken = Assert.Single(effect.TakenBack);
        Assert.Equal(NanoUsd.FromCents(5), taken.Amount);
        Assert.Empty(await LedgerVerification.RunAsync(store.Database, Ct));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Only_the_money_that_went_back_takes_a_share_with_it(StoreKind kind)
    {
        await using var store = await Money.OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Money.Payer(resellerBps: 10_000);
        await node.Credits.TopupAsync(payer.Project, 10, "pi_1");
        await node.Credits.TopupAsync(payer.Project, 30, "pi_2");
        // The first top-up and twenty cents of the second.
        await node.ChargeAsync(payer, 15 * Money.Cent, 15 * Money.Cent);

        // Ten cents are left; of the twenty that were drawn ten are unpaid now, a half.
        var effect = await node.Credits.DisputeWithdrawnAsync(payer.Project, "dp_1", "pi_2", 20);

        Assert.Equal(NanoUsd.FromCents(10), effect.Debt);
        Assert.Equal(NanoUsd.FromCents(5), Assert.Single(effect.TakenBack).Amount);
        Assert.Empty(await LedgerVerification.RunAsync(store.Database, Ct));
    }

    // Any order of acts, each up to three times: nothing is made, lost or paid twice.
    [Fact]
    public async Task Whatever_happens_to_earnings_the_books_add_up()
    {
        await using var owned = new SimulatedStore { NowMs = 1_790_000_000_000 };
        for (ulong seed = 1; seed <= 80; seed++)
        {
            owned.Clear();
            var dice = new Dice(seed);
            List<Func<DbConnection, bool>> acts = [];
            for (var step = 0; step < 60; step++)
            {
                var id = $"{seed}_{step}";
                var amount = new NanoUsd(dice.Wide(1_000));
                acts.Add(AnAct(owned, dice, id, amount));
                for (var times = dice.Between(1, 3); times > 0; times--)
                {
                    var act = dice.Any(acts);
                    owned.Write(act);
                }

                Assert.DoesNotContain(
                    LedgerVerification.Check(owned.Connection, Ct),
                    finding => finding.Promise != "hash-chain"
                );
            }

            Assert.Equal(JournalText.Balances(owned), JournalText.Rebuilt(owned));
        }
    }

    private static Func<DbConnection, bool> AnAct(
        SimulatedStore store,
        Dice dice,
        string id,
        NanoUsd amount
    )
    {
        var batch = "b" + dice.UpTo(6);
        var project = "prj_" + dice.UpTo(3);
        var fund = "topup:" + id;
        return dice.UpTo(8) switch
        {
            0 or 1 => c => Fund(c, store.NowMs, fund, amount),
            2 => c => PayoutStore.Reserve(c, Who, batch, amount, Currency, store.NowMs),
            3 => c => PayoutStore.Paid(c, Who, batch, "tr_" + batch, Currency, store.NowMs),
            4 => c => PayoutStore.Returned(c, Who, batch, Currency, store.NowMs),
            5 => c =>
                PayoutStore.Reversed(c, Who, batch, "trr_" + id, amount, Currency, store.NowMs),
            6 => c => Owe(c, store.NowMs, id, amount),
            7 => c => EarningHolds.Open(c, Who, project, "own_card", store.NowMs),
            _ => c =>
                EarningHolds.End(c, Who, project, dice.OneIn(2), null, Currency, store.NowMs)
                    is not null,
        };
    }

    // As earnings that mature would, without the charges behind them.
    private static bool Fund(DbConnection connection, long now, string id, NanoUsd amount)
    {
        var account = Reseller.OpenAndLock(connection, Who, Currency);
        var postings = new Postings(Currency);
        var isNew = account.Receive(connection, MoveOf(id, amount, now), postings);
        postings.Save(connection);
        account.Save(connection);
        return isNew;
    }

    private static bool Owe(DbConnection connection, long now, string id, NanoUsd amount)
    {
        var account = Reseller.OpenAndLock(connection, Who, Currency);
        if (
            Transfers.AmountOf(connection, "owe:" + id) is not null
            || Transfers.AmountOf(connection, $"owe:{id}:debt") is not null
        )
        {
            return false;
        }

        var postings = new Postings(Currency);
        account.Take(connection, MoveOf("owe:" + id, amount, now), postings);
        account.Provide(connection, new NanoUsd(amount.Value / 2), postings, now);
        postings.Save(connection);
        account.Save(connection);
        return true;
    }

    private static ResellerMove MoveOf(string id, NanoUsd amount, long now) =>
        new()
        {
            Id = id,
            Kind = "test",
            Other = "test_source",
            Amount = amount,
            At = now,
        };

    private static async Task EarnAsync(LedgerNode node, long cents)
    {
        var payer = Money.Payer(resellerBps: 10_000);
        await node.Credits.TopupAsync(payer.Project, 2 * cents, "pi_" + payer.Project);
        await node.ChargeAsync(payer, cents * Money.Cent, cents * Money.Cent);
    }

    private static Task<T> WriteAsync<T>(TestStore store, Func<DbConnection, T> work) =>
        store.Database.WriteAsync(work);

    private static Task<bool> MatureAsync(TestStore store, long untilDay) =>
        WriteAsync(
            store,
            c => EarningStore.Mature(c, Who, untilDay, Currency, store.Database.Now(c))
        );

    private static async Task MatureAllAsync(TestStore store)
    {
        var today = await WriteAsync(store, c => EarningStore.DayOf(store.Database.Now(c)));
        var from = await WriteAsync(store, c => Reseller.Find(c, Who)?.MaturedTo ?? 0);
        await MatureAsync(store, Math.Max(today + 1, from + 1));
    }

    // The charges of today move to the day that has not matured yet.
    private static Task ShiftAsync(TestStore store) =>
        WriteAsync(
            store,
            connection =>
            {
                var isSqlite = store.Database.Kind is StoreKind.Sqlite;
                connection.ExecuteScript(
                    isSqlite
                        ? "DROP TRIGGER charge_no_UPDATE"
                        : "ALTER TABLE charge DISABLE TRIGGER charge_append_only"
                );
                return connection.Execute(
                    """
                    UPDATE charge SET at = at + @day
                    WHERE id = (SELECT MAX(id) FROM charge)
                    """,
                    ("day", Day)
                );
            }
        );

    private static bool Reserve(DbConnection connection, string batch, long cents) =>
        PayoutStore.Reserve(connection, Who, batch, NanoUsd.FromCents(cents), Currency, 1);

    private static bool Paid(DbConnection connection, string batch, string transfer) =>
        PayoutStore.Paid(connection, Who, batch, transfer, Currency, 1);

    private static bool Returned(DbConnection connection, string batch) =>
        PayoutStore.Returned(connection, Who, batch, Currency, 1);

    private static async Task AssertAsync(
        TestStore store,
        long available = 0,
        long inPayout = 0,
        long debt = 0
    )
    {
        Assert.Empty(await LedgerVerification.RunAsync(store.Database, Ct));
        await using var connection = await store.Database.OpenAsync(Ct);
        var found = Reseller.Find(connection, Who)!;
        Assert.Equal(
            (NanoUsd.FromCents(available), NanoUsd.FromCents(inPayout), NanoUsd.FromCents(debt)),
            (found.Available, found.InPayout, found.Debt)
        );
    }
}
