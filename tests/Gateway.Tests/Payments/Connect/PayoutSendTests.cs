using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>From a batch to the reseller's account: cases 54 to 57.</summary>
public sealed class PayoutSendTests : PaymentTests
{
    [Theory]
    [PaymentCase(55)]
    [MemberData(nameof(All))]
    public async Task Without_money_at_the_provider_a_batch_waits_and_is_tried_each_day(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        // An ordinary card: its money is not there yet.
        var (owner, _) = await rig.EarnedAsync(card: Journeys.Visa);
        await rig.NextRoundAsync();

        var waiting = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Queued, "balance_insufficient"), (waiting.State, waiting.Why));
        Assert.Contains(Findings.BalanceShort, await rig.FindingsAsync());
        Assert.DoesNotContain(rig.Wire.Calls, PayoutSteps.IsTransfer);
        await rig.NextRoundAsync();
        Assert.DoesNotContain(rig.Wire.Calls, PayoutSteps.IsTransfer);

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
        var (owner, _) = await rig.EarnedAsync();
        await rig.SwitchAsync(new SimulatedSwitches { TransfersShort = 1 });
        await rig.NextRoundAsync();
        var waiting = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Queued, "balance_insufficient"), (waiting.State, waiting.Why));
        await rig.AssertEarningsAsync(owner, inPayout: 3000);

        await rig.NextRoundAsync(hours: 25);

        var keys = rig.Wire.Calls.Where(PayoutSteps.IsTransfer).Select(call => call.Key);
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

        Assert.Single(
            rig.Wire.Calls.Where(PayoutSteps.IsTransfer).Select(call => call.Key).Distinct()
        );
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
        var sent = rig.Wire.Calls.Count(PayoutSteps.IsTransfer);

        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.WorkAsync();

        Assert.Equal(sent, rig.Wire.Calls.Count(PayoutSteps.IsTransfer));
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
        var (owner, _) = await rig.EarnedAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
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
        var (owner, _) = await rig.EarnedAsync(card: Journeys.Visa);
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await rig.NextRoundAsync();
        await rig.AssertEarningsAsync(owner, inPayout: 3000);

        await rig.AtBankAsync(books => SimulatedConnect.Deauthorize(books, account));
        await rig.MoveAsync();

        Assert.Equal(PayoutStates.Returned, (await rig.PayoutAsync(owner)).State);
        await rig.AssertEarningsAsync(owner, available: 3000);
    }

    private static async Task<UserId> LostAsync(PaymentsRig rig, params SimulatedTrouble[] troubles)
    {
        var (owner, _) = await rig.EarnedAsync();
        // Neither the answer nor the event that tells of it arrives.
        await rig.SwitchAsync(new SimulatedSwitches { Troubles = troubles, Lost = 1 });
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.WorkAsync();
        Assert.Equal(PayoutStates.Unknown, (await rig.PayoutAsync(owner)).State);
        return owner;
    }
}
