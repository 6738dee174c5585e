using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>Money that enters and leaves wallets beside charges.</summary>
public sealed class CreditTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    // Case 40 and 70.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_same_top_up_fifty_times_at_once_credits_once(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();

        var credited = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ => node.Credits.TopupAsync(payer.Project, 500, "pi_1", feeCents: 45))
        );
        var granted = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ => node.Credits.GrantPromoAsync(payer.Project, new(Cent), "2026-11"))
        );

        Assert.Single(credited, isNew => isNew);
        Assert.Single(granted, isNew => isNew);
        await AssertBooksAsync(store, payer, 501 * Cent);
    }

    // Case 27.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_top_up_after_a_denial_lets_the_next_request_pass(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.OpenWalletAsync(payer.Project);
        Assert.IsType<Denial.InsufficientBalance>(await node.DenialAsync(payer, Cent));

        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var charge = await node.ChargeAsync(payer, Cent, Cent);

        Assert.Equal(new NanoUsd(99 * Cent), charge.BalanceAfter);
        await AssertBooksAsync(store, payer, 99 * Cent);
    }

    // Case 52, 53.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_refund_takes_the_unused_part_of_its_own_top_up_and_a_failed_one_returns_it(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        await node.ChargeAsync(payer, 30 * Cent, 30 * Cent);
        var running = await node.HoldAsync(payer, 20 * Cent);

        Assert.Equal(RefundReservation.UnknownTopup, await Reserve("pi_9", 1, "re_0"));
        Assert.Equal(RefundReservation.NotEnoughLeft, await Reserve("pi_1", 51, "re_1"));
        Assert.Equal(RefundReservation.Reserved, await Reserve("pi_1", 50, "re_2"));
        Assert.Equal(RefundReservation.Reserved, await Reserve("pi_1", 50, "re_2"));
        await AssertBooksAsync(store, payer, 20 * Cent);

        Assert.True(await node.Credits.RefundFailedAsync(payer.Project, "re_2"));
        Assert.False(await node.Credits.RefundFailedAsync(payer.Project, "re_2"));
        Assert.False(await node.Credits.RefundDoneAsync(payer.Project, "re_2"));
        await AssertBooksAsync(store, payer, 70 * Cent);

        await SettleAsync(running, 20 * Cent);
        Assert.Equal(RefundReservation.Reserved, await Reserve("pi_1", 50, "re_3"));
        Assert.True(await node.Credits.RefundDoneAsync(payer.Project, "re_3"));
        Assert.False(await node.Credits.RefundFailedAsync(payer.Project, "re_3"));
        await AssertBooksAsync(store, payer, 0);

        Task<RefundReservation> Reserve(string topup, long cents, string id) =>
            node.Credits.ReserveRefundAsync(payer.Project, topup, cents, id);
    }

    // Case 54, 57, 58.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_dispute_over_spent_money_empties_the_wallet_leaves_debt_and_a_top_up_pays_it(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        await node.ChargeAsync(payer, 60 * Cent, 60 * Cent);
        var running = await node.HoldAsync(payer, 10 * Cent);

        var effect = await Withdrawn();
        Assert.Equal(new DisputeEffect(new(30 * Cent), new(70 * Cent)), effect);
        Assert.Equal(effect, await Withdrawn());
        Assert.IsType<Denial.ProjectFrozen>(await node.DenialAsync(payer, 1));
        await SettleAsync(running, 4 * Cent);
        Assert.IsType<Denial.ProjectFrozen>(await node.DenialAsync(payer, 1));
        await AssertBooksAsync(store, payer, -64 * Cent);

        await node.Credits.TopupAsync(payer.Project, 63, "pi_2");
        Assert.IsType<Denial.ProjectFrozen>(await node.DenialAsync(payer, 1));
        await node.Credits.TopupAsync(payer.Project, 11, "pi_3");
        Assert.Equal(
            new NanoUsd(9 * Cent),
            (await node.ChargeAsync(payer, Cent, Cent)).BalanceAfter
        );
        await AssertBooksAsync(store, payer, 9 * Cent);

        Task<DisputeEffect> Withdrawn() =>
            node.Credits.DisputeWithdrawnAsync(payer.Project, "dp_1", "pi_1", 100, feeCents: 1500);
    }

    // Case 56.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_dispute_that_is_won_is_mirrored_exactly_and_once(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        await node.ChargeAsync(payer, 60 * Cent, 60 * Cent);
        Assert.False(await node.Credits.DisputeWonAsync(payer.Project, "dp_1"));
        await node.Credits.DisputeWithdrawnAsync(payer.Project, "dp_1", "pi_1", 100);
        // Part of the debt is paid before the case is decided.
        await node.Credits.TopupAsync(payer.Project, 25, "pi_2");
        await AssertBooksAsync(store, payer, -35 * Cent);

        Assert.True(await node.Credits.DisputeWonAsync(payer.Project, "dp_1"));
        Assert.False(await node.Credits.DisputeWonAsync(payer.Project, "dp_1"));

        await AssertBooksAsync(store, payer, 65 * Cent);
        await node.ChargeAsync(payer, 65 * Cent, 65 * Cent);
        await AssertBooksAsync(store, payer, 0);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_frozen_project_holds_nothing_until_it_is_thawed(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var running = await node.HoldAsync(payer, Cent);

        await node.Credits.FreezeAsync(payer.Project);
        Assert.IsType<Denial.ProjectFrozen>(await node.DenialAsync(payer, Cent));
        Assert.Equal(new NanoUsd(Cent), (await SettleAsync(running, Cent)).Total);
        await node.Credits.UnfreezeAsync(payer.Project);

        await node.ChargeAsync(payer, Cent, Cent);
        await AssertBooksAsync(store, payer, 98 * Cent);
    }

    // Case 63.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task Credit_that_expires_while_it_is_held_is_honoured_and_its_rest_ends(
        StoreKind kind
    )
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        var soon = DateTimeOffset.FromUnixTimeMilliseconds(
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 300
        );
        await node.Credits.GrantPromoAsync(payer.Project, new(50 * Cent), "promo", soon);
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var running = await node.HoldAsync(payer, 10 * Cent);
        await Task.Delay(400, Ct);

        await node.Ledger.ExpireDueAsync();
        await AssertBooksAsync(store, payer, 110 * Cent);
        await SettleAsync(running, 4 * Cent);
        await node.Ledger.ExpireDueAsync();

        await AssertBooksAsync(store, payer, 100 * Cent);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task History_cannot_be_changed(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        await node.ChargeAsync(payer, Cent, Cent);

        foreach (var table in new[] { "charge", "transfer", "flush" })
        {
            string[] changes = [$"DELETE FROM {table}", $"UPDATE {table} SET id = 'x'"];
            foreach (var sql in changes)
            {
                var refusal = await Record.ExceptionAsync(() =>
                    store.Database.WriteAsync(connection => connection.Execute(sql))
                );
                Assert.True(Sql.IsConstraintViolation(refusal!), sql);
            }
        }

        await AssertBooksAsync(store, payer, 99 * Cent);
    }
}
