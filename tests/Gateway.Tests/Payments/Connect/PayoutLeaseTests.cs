using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>
/// A node hears from the provider so late that its lease on a batch is over, and another node has
/// gone on with the batch meanwhile. What the first one learned was true of the batch as it was.
/// </summary>
public sealed class PayoutLeaseTests : PaymentTests
{
    private const string Transfers = "/v1/transfers";

    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task A_batch_that_was_given_back_while_the_balance_was_asked_for_is_not_sent(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, topup) = await rig.EarnedAsync();
        // Another user's money, so that there is enough at the provider whatever the bank takes.
        await rig.FundOtherAsync(await rig.NewProjectAsync("other@example.org"), 10_000);
        await BatchAsync(rig);

        await OutlastAsync(
            rig,
            "GET",
            "/v1/balance",
            async () =>
            {
                await second.DisputeAsync(topup.Id);
                EndLease(rig);
                await second.WorkAsync();
                Assert.Equal(PayoutStates.Returned, (await rig.PayoutAsync(owner)).State);
            }
        );

        Assert.Empty(await rig.TransfersAtProviderAsync());
        Assert.Equal(PayoutStates.Returned, (await rig.PayoutAsync(owner)).State);
        // The thirty dollars have paid what the reseller owed.
        await rig.AssertEarningsAsync(owner);
    }

    [Theory]
    [PaymentCase(56)]
    [MemberData(nameof(All))]
    public async Task A_batch_that_was_paid_while_the_balance_was_asked_for_is_left_alone(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync();
        await BatchAsync(rig);

        await OutlastAsync(
            rig,
            "GET",
            "/v1/balance",
            async () =>
            {
                EndLease(rig);
                await second.WorkAsync();
                await rig.AssertEarningsAsync(owner, paid: 3000);
            }
        );

        Assert.DoesNotContain(rig.Wire.Calls, PayoutSteps.IsTransfer);
        Assert.Single(second.Wire.Calls, PayoutSteps.IsTransfer);
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }

    // There was too little money when it asked, and enough when the other node did.
    [Theory]
    [PaymentCase(55, 56)]
    [MemberData(nameof(All))]
    public async Task An_old_balance_that_was_short_does_not_queue_what_was_sent_meanwhile(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync(card: Journeys.Visa);
        await BatchAsync(rig);

        await OutlastAsync(
            rig,
            "GET",
            "/v1/balance",
            async () =>
            {
                await second.FundAsync(10_000, card: Resellers.QuickCard);
                EndLease(rig);
                await second.LoseTransferAsync();
                await AssertSentAsync(rig, owner, attempt: 1);
            }
        );

        await AssertPaidOnceAsync(rig, owner);
        Assert.DoesNotContain(Findings.BalanceShort, await rig.FindingsAsync());
    }

    // The refusal is kept with its key, so both nodes hear it; the one that hears it first holds the
    // batch, which the operator wakes.
    [Theory]
    [PaymentCase(56, 57)]
    [MemberData(nameof(All))]
    public async Task An_old_refusal_does_not_hold_the_next_attempt(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync();
        await BatchAsync(rig);
        await rig.SwitchAsync(new SimulatedSwitches { TransfersRefused = 1 });

        await OutlastAsync(
            rig,
            "POST",
            Transfers,
            async () =>
            {
                EndLease(rig);
                await second.WorkAsync();
                Assert.Equal(PayoutStates.Held, (await rig.PayoutAsync(owner)).State);
                await rig.Get<Payouts>().StopAsync(new ResellerId(owner.Value), because: null);
                await second.LoseTransferAsync();
                await AssertSentAsync(rig, owner, attempt: 2);
            }
        );

        await AssertPaidOnceAsync(rig, owner);
    }

    [Theory]
    [PaymentCase(53, 56)]
    [MemberData(nameof(All))]
    public async Task An_account_that_was_restricted_does_not_hold_what_was_sent_meanwhile(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync();
        var account = (await rig.PayeeOfAsync(owner)).Account!;
        await BatchAsync(rig);
        await rig.AtBankAsync(books =>
            SimulatedConnect.Ask(books, account, "individual.id_number", isOverdue: true)
        );

        await OutlastAsync(
            rig,
            "GET",
            "/v1/accounts/" + account,
            async () =>
            {
                await rig.AtBankAsync(books =>
                    SimulatedConnect.Onboard(books, account, OnboardEnd.Done)
                );
                EndLease(rig);
                await second.LoseTransferAsync();
                await AssertSentAsync(rig, owner, attempt: 1);
            }
        );

        await AssertPaidOnceAsync(rig, owner);
    }

    // Both searched and found nothing, and the other node has sent it since, with the key it had.
    [Theory]
    [PaymentCase(56)]
    [MemberData(nameof(All))]
    public async Task An_old_search_that_found_nothing_does_not_queue_what_was_sent_since(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync();
        await BatchAsync(rig);
        await rig.TroubleAsync(SimulatedFault.Down, Transfers, times: 3);
        await rig.WorkAsync();
        await AssertSentAsync(rig, owner, attempt: 1);
        rig.Clock.Advance(TimeSpan.FromHours(25));

        await OutlastAsync(
            rig,
            "GET",
            Transfers,
            async () =>
            {
                EndLease(rig);
                await second.WorkAsync();
                Assert.Equal(PayoutStates.Queued, (await rig.PayoutAsync(owner)).State);
                await second.LoseTransferAsync();
                await AssertSentAsync(rig, owner, attempt: 1);
            }
        );

        await AssertPaidOnceAsync(rig, owner);
    }

    // As one that was sent it would go out again without a look at what stops it.
    [Theory]
    [PaymentCase(56, 57)]
    [MemberData(nameof(All))]
    public async Task An_answer_that_never_came_does_not_send_what_is_held_meanwhile(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await using var second = await rig.SecondNodeAsync();
        var (owner, _) = await rig.EarnedAsync();
        await BatchAsync(rig);
        await rig.TroubleAsync(SimulatedFault.Down, Transfers);

        await OutlastAsync(
            rig,
            "POST",
            Transfers,
            async () =>
            {
                await rig.SwitchAsync(new SimulatedSwitches { TransfersRefused = 1 });
                EndLease(rig);
                await second.WorkAsync();
                Assert.Equal(PayoutStates.Held, (await rig.PayoutAsync(owner)).State);
                await rig.Get<Payouts>().StopAsync(new ResellerId(owner.Value), "a look first");
                await rig.TroubleAsync(SimulatedFault.Down, Transfers, times: 2);
            }
        );
        await rig.NextRoundAsync();

        Assert.Equal(3, rig.Wire.Calls.Count(PayoutSteps.IsTransfer));
        Assert.Empty(await rig.TransfersAtProviderAsync());
        var held = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Held, "stopped"), (held.State, held.Why));
    }

    private static async Task BatchAsync(PaymentsRig rig)
    {
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.Get<PayoutBatches>().RunAsync(PaymentsRig.Ct);
    }

    // Not through the worker, which goes on after whatever a step throws.
    private static Task OutlastAsync(
        PaymentsRig rig,
        string method,
        string path,
        Func<Task> meanwhile
    )
    {
        rig.Wire.Delay(method, path, meanwhile);
        return rig.Get<PayoutSends>().RunDueAsync(PaymentsRig.Ct);
    }

    private static void EndLease(PaymentsRig rig) => rig.Clock.Advance(TimeSpan.FromMinutes(6));

    private static async Task AssertSentAsync(PaymentsRig rig, UserId owner, long attempt)
    {
        var sent = await rig.PayoutAsync(owner);
        Assert.Equal((PayoutStates.Unknown, attempt), (sent.State, sent.Attempt));
    }

    /// <summary>A day later, when keys are forgotten: who takes it for sent searches first.</summary>
    private static async Task AssertPaidOnceAsync(PaymentsRig rig, UserId owner)
    {
        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.WorkAsync();
        await rig.WorkAsync();

        Assert.Single(await rig.TransfersAtProviderAsync());
        await rig.AssertEarningsAsync(owner, paid: 3000);
    }
}
