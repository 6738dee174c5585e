using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>From an earning to the reseller's account: cases 55 to 57 and 59.</summary>
public sealed class PayoutTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    private static CancellationToken Ct => PaymentsRig.Ct;

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
        var call = Assert.Single(rig.Wire.Calls, IsTransfer);
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
        Assert.Single(rig.Wire.Calls, IsTransfer);
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
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        rig.Clock.Advance(TimeSpan.FromHours(2));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => rig.WorkAsync()));
        await rig.MoveAsync();

        Assert.Equal(PayoutStates.Paid, (await rig.PayoutAsync(owner)).State);
        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [PaymentCase(55)]
    [MemberData(nameof(All))]
    public async Task Without_money_at_the_provider_a_batch_waits_and_is_tried_each_day(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        // An ordinary card: its money is not there yet.
        await rig.FundAsync(10_000);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.NextRoundAsync();

        var waiting = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Queued, "balance_insufficient"), (waiting.State, waiting.Why));
        Assert.Contains(Findings.BalanceShort, await rig.FindingsAsync());
        Assert.DoesNotContain(rig.Wire.Calls, IsTransfer);
        await rig.NextRoundAsync();
        Assert.DoesNotContain(rig.Wire.Calls, IsTransfer);

        await rig.NextRoundAsync(hours: 49);
        Assert.Equal(PayoutStates.Paid, (await rig.PayoutAsync(owner)).State);
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    // The money went away between the look and the transfer. A refusal stays with its key,
    // so the next day has another one.
    [Theory]
    [PaymentCase(55)]
    [MemberData(nameof(All))]
    public async Task A_transfer_refused_for_lack_of_money_has_another_key_the_next_day(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.SwitchAsync(new SimulatedSwitches { TransfersShort = 1 });
        await rig.NextRoundAsync();
        var waiting = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Queued, "balance_insufficient"), (waiting.State, waiting.Why));
        await rig.AssertEarningsAsync(owner, inPayout: 3000);

        await rig.NextRoundAsync(hours: 25);

        var keys = rig.Wire.Calls.Where(IsTransfer).Select(call => call.Key);
        Assert.Equal(["transfer:" + waiting.Id, $"transfer:{waiting.Id}:2"], keys);
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [PaymentCase(56)]
    [MemberData(nameof(All))]
    public async Task A_transfer_whose_answer_is_lost_is_asked_for_with_its_own_key(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await LostAsync(
            rig,
            new SimulatedTrouble(SimulatedFault.LostAfterEffect, "/v1/transfers", 3)
        );
        await rig.AssertEarningsAsync(owner, inPayout: 3000);

        await rig.NextRoundAsync(hours: 0.1);

        Assert.Single(rig.Wire.Calls.Where(IsTransfer).Select(call => call.Key).Distinct());
        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    // After a day its key may be forgotten.
    [Theory]
    [PaymentCase(56)]
    [MemberData(nameof(All))]
    public async Task After_a_day_the_provider_is_searched_before_anything_is_sent(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await LostAsync(
            rig,
            new SimulatedTrouble(SimulatedFault.LostAndForgotten, "/v1/transfers", 1),
            new SimulatedTrouble(SimulatedFault.Down, "/v1/transfers", 2)
        );
        var sent = rig.Wire.Calls.Count(IsTransfer);

        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.WorkAsync();

        Assert.Equal(sent, rig.Wire.Calls.Count(IsTransfer));
        Assert.Contains(
            rig.Wire.Calls,
            call =>
                call is { Method: "GET", Path: "/v1/transfers" }
                && call.Form.Contains("transfer_group=payout%3A", StringComparison.Ordinal)
        );
        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    // The search finds nothing.
    [Theory]
    [PaymentCase(56)]
    [MemberData(nameof(All))]
    public async Task A_transfer_that_never_arrived_is_sent_after_the_search(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await LostAsync(
            rig,
            new SimulatedTrouble(SimulatedFault.Down, "/v1/transfers", 3)
        );
        Assert.Empty(await rig.TransfersAtProviderAsync());

        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.MoveAsync();

        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [PaymentCase(57)]
    [MemberData(nameof(All))]
    public async Task A_transfer_that_the_account_may_not_take_is_held_and_its_owner_told(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.SwitchAsync(new SimulatedSwitches { TransfersRefused = 1 });
        await rig.NextRoundAsync();
        var held = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Held, "transfers_not_allowed"), (held.State, held.Why));
        Assert.Equal([PayoutMailKinds.Held], await rig.MailsAsync());

        // Off and on again: the account's own event wakes the batch.
        await rig.AtBankAsync(books => SimulatedConnect.SetTransfers(books, account, "inactive"));
        await rig.MoveAsync();
        await rig.AssertEarningsAsync(owner, inPayout: 3000);
        await rig.AtBankAsync(books => SimulatedConnect.SetTransfers(books, account, "active"));
        await rig.MoveAsync();
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    // Money set aside for an account that has left is nobody's loss.
    [Theory]
    [PaymentCase(54, 57)]
    [MemberData(nameof(All))]
    public async Task A_batch_for_an_account_that_has_left_goes_back(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.FundAsync(10_000);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, inPayout: 3000);

        await rig.AtBankAsync(books => SimulatedConnect.Deauthorize(books, account));
        await rig.MoveAsync();

        Assert.Equal(PayoutStates.Returned, (await rig.PayoutAsync(owner)).State);
        await rig.AssertEarningsAsync(owner, available: 3000);
    }

    [Theory]
    [PaymentCase(59)]
    [MemberData(nameof(All))]
    public async Task A_payment_that_the_bank_sends_back_days_later_is_told_and_changes_no_books(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.PaidOutAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        var atBank = await rig.Provider.RunAsync(books =>
            SimulatedBankPayouts.Pay(books, account).Text("id")
        );
        await rig.MoveAsync();
        Assert.Equal("paid", (await AtBankAsync(rig, owner)).Status);
        Assert.Empty(await rig.MailsAsync());

        await rig.SwitchAsync(new SimulatedSwitches { Copies = 3 });
        await rig.AtBankAsync(books => SimulatedBankPayouts.Fail(books, atBank));
        await rig.MoveAsync();

        var failed = await AtBankAsync(rig, owner);
        Assert.Equal(
            ("failed", "account_closed", 3000L),
            (failed.Status, failed.Failure, failed.Cents)
        );
        Assert.Equal([PayoutMailKinds.BankFailed], await rig.MailsAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_failure_at_the_bank_that_no_event_told_is_found_the_next_day(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.PaidOutAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 2 });
        await rig.AtBankAsync(books =>
            SimulatedBankPayouts.Fail(books, SimulatedBankPayouts.Pay(books, account).Text("id"))
        );
        await rig.MoveAsync();
        Assert.Empty(await rig.MailsAsync());

        await rig.NextRoundAsync(hours: 25);

        Assert.Equal([PayoutMailKinds.BankFailed], await rig.MailsAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task While_the_books_do_not_balance_nothing_is_sent(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
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

    private static async Task<UserId> LostAsync(PaymentsRig rig, params SimulatedTrouble[] troubles)
    {
        var owner = await rig.ResellerAsync();
        await rig.FundAsync(10_000, card: Resellers.QuickCard);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        // Neither the answer nor the event that tells of it arrives.
        await rig.SwitchAsync(new SimulatedSwitches { Troubles = troubles, Lost = 1 });
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.WorkAsync();
        Assert.Equal(PayoutStates.Unknown, (await rig.PayoutAsync(owner)).State);
        return owner;
    }

    private static async Task<BankPayout> AtBankAsync(PaymentsRig rig, UserId owner) =>
        Assert.Single(await rig.Get<Payouts>().ListAtBankAsync(owner, Ct));

    // As a fault in the store would: one account says more than its journal.
    private static Task ShiftAsync(PaymentsRig rig, long by) =>
        rig.Store.Database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE acct SET debits = debits + @by WHERE id = 'stripe_cash'",
                ("by", by)
            )
        );

    private static bool IsTransfer(SentCall call) =>
        call is { Method: "POST", Path: "/v1/transfers" };

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
