using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>Money on its way back from a reseller's account: case 58.</summary>
public sealed class PayoutReversalTests : PaymentTests
{
    // The answer to the reversal is lost, for longer than keys live.
    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task A_reversal_whose_answer_is_lost_is_found_and_booked_once(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles = [new(SimulatedFault.LostAndForgotten, "/reversals", 1)],
            }
        );
        await rig.DisputeAsync(topup.Id);
        await rig.NextRoundAsync(hours: 25);

        await rig.AssertEarningsAsync(owner);
        await rig.AtBankAsync(books => Assert.Single(books.All("transfer_reversal")));
    }

    // The provider is away for the rest of a day, in which it is asked again and again.
    [Theory]
    [PaymentCase(58)]
    [MemberData(nameof(All))]
    public async Task A_reversal_is_searched_for_a_day_after_it_was_sent_first(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, topup) = await rig.PaidOutAsync();
        var charge = await rig.ChargeOfAsync(topup.Id);
        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 7000, []));
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles =
                [
                    new(SimulatedFault.LostAndForgotten, "/reversals", 1),
                    new(SimulatedFault.Down, "/reversals", 5),
                ],
                Lost = 1,
            }
        );
        await rig.MoveAsync();
        Assert.Equal(1, await rig.CountAsync("payout_reversal", "state = 'unknown'"));

        // Without the events of the provider, which would tell of it.
        foreach (var hours in new[] { 12, 13 })
        {
            rig.Clock.Advance(TimeSpan.FromHours(hours));
            await rig.Get<PayoutReversals>().RunDueAsync(PaymentsRig.Ct);
        }

        await rig.AtBankAsync(books => Assert.Single(books.All("transfer_reversal")));
        await rig.AssertEarningsAsync(owner, paid: 1500);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_somebody_fetched_back_by_hand_is_booked_and_stops_further_payouts(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var (owner, _) = await rig.PaidOutAsync();
        await rig.SwitchAsync(new SimulatedSwitches { Copies = 2 });
        await rig.AtBankAsync(books =>
            SimulatedTransfers.Reverse(books, Assert.Single(books.All("transfer")), 1000, [])
        );
        await rig.MoveAsync();

        await rig.AssertEarningsAsync(owner, available: 1000, paid: 2000);
        Assert.Equal("reversed_in_dashboard", (await rig.PayeeOfAsync(owner)).StoppedBecause);
        Assert.Contains(Findings.ReversedOutside, await rig.FindingsAsync());
    }
}
