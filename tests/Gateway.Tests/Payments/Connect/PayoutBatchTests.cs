using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>When earnings become a batch, and of how much.</summary>
public sealed class PayoutBatchTests : PaymentTests
{
    [Theory]
    [MemberData(nameof(All))]
    public async Task Earnings_wait_for_the_hold_period_and_the_minimum_and_are_sent_once(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 2400);
        await rig.AgeAsync(29);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, pending: 2400);

        await rig.AgeAsync(2);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, available: 2400);
        Assert.Empty(await rig.PayoutsAsync(owner));

        await rig.EarnAsync(owner, 100);
        await rig.AssertEarningsAsync(owner, pending: 100, available: 2400);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_batch_is_one_transfer_with_a_key_a_group_and_its_row(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.PaidOutAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);

        var payout = await rig.PayoutAsync(owner);
        var call = Assert.Single(rig.Wire.Calls, PayoutSteps.IsTransfer);
        Assert.Equal("transfer:" + payout.Id, call.Key);
        Assert.Contains(
            $"transfer_group=payout%3A{payout.Id}",
            call.Form,
            StringComparison.Ordinal
        );
        Assert.Contains("amount=3000", call.Form, StringComparison.Ordinal);
        Assert.Equal([payout.Transfer!], await rig.TransfersAtProviderAsync());
        // Its own event, and the next rounds of the same month, change nothing.
        await rig.NextRoundAsync();
        await rig.NextRoundAsync();
        Assert.Single(rig.Wire.Calls, PayoutSteps.IsTransfer);
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_part_of_what_matured_lately_is_kept_back(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 5000);
        await rig.AgeAsync(31);
        rig.Clock.Advance(TimeSpan.FromHours(2));

        await Reserving(rig, TimeSpan.FromDays(60)).RunAsync(PaymentsRig.Ct);
        Assert.Equal(4000, (await rig.PayoutAsync(owner)).Cents);
        await rig.AssertEarningsAsync(owner, available: 1000, inPayout: 4000);

        // Not for ever.
        await rig.MoveAsync();
        rig.Clock.Advance(TimeSpan.FromDays(61));
        await rig.EarnAsync(owner, 2000);
        await rig.AgeAsync(31);
        await Reserving(rig, TimeSpan.FromDays(60)).RunAsync(PaymentsRig.Ct);
        Assert.Equal([2600, 4000], (await rig.PayoutsAsync(owner)).Select(p => p.Cents).Order());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Two_rounds_at_once_make_one_batch(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.EarnedAsync();
        rig.Clock.Advance(TimeSpan.FromHours(2));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => rig.WorkAsync()));
        await rig.MoveAsync();

        Assert.Equal(PayoutStates.Paid, (await rig.PayoutAsync(owner)).State);
        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task While_the_books_do_not_balance_nothing_is_sent(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.EarnedAsync();
        await ShiftAsync(rig, 1);

        await rig.NextRoundAsync();
        Assert.Empty(await rig.PayoutsAsync(owner));
        Assert.Contains(Findings.BooksBroken, await rig.FindingsAsync());

        await ShiftAsync(rig, -1);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_the_operator_has_stopped_waits_until_it_says_otherwise(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var reseller = new ResellerId(owner.Value);
        Assert.True(await rig.Get<Payouts>().StopAsync(reseller, "a look first"));
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.NextRoundAsync();
        Assert.Empty(await rig.PayoutsAsync(owner));

        Assert.True(await rig.Get<Payouts>().StopAsync(reseller, because: null));
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);
        Assert.False(await rig.Get<Payouts>().StopAsync(new("usr_nobody"), "x"));
    }

    // As a fault in the store would: one account says more than its journal.
    private static Task ShiftAsync(PaymentsRig rig, long by) =>
        rig.Store.Database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE acct SET debits = debits + @by WHERE id = 'stripe_cash'",
                ("by", by)
            )
        );

    private static PayoutBatches Reserving(PaymentsRig rig, TimeSpan time)
    {
        var options = rig.Get<PaymentsOptions>();
        return new PayoutBatches(
            rig.Store.Database,
            rig.Get<ResellerEarnings>(),
            rig.Get<OwnAccounts>(),
            rig.Get<Findings>(),
            options with
            {
                Payouts = options.Payouts with { ReserveBps = 2_000, ReserveFor = time },
            },
            rig.Clock
        );
    }
}
