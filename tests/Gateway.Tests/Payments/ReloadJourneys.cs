using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What happens around auto-reload, step by step.</summary>
internal static class ReloadJourneys
{
    private const string ChargePath = "/v1/payment_intents";

    /// <summary>The charges of saved cards that this node has sent, repetitions included.</summary>
    public static IReadOnlyList<SentCall> Charges(this PaymentsRig rig) =>
        [.. rig.Wire.Calls.Where(call => call is { Path: ChargePath, Method: "POST" })];

    /// <summary>At the provider, which is the side that counts.</summary>
    public static Task AssertChargedOnceAsync(this PaymentsRig rig) =>
        rig.AtBankAsync(books =>
            Assert.Single(
                books.All("payment_intent"),
                payment =>
                    payment.Text("status") == "succeeded"
                    && payment["metadata"]!["reload"] is not null
            )
        );

    public static Task DeclineAsync(
        this PaymentsRig rig,
        string code,
        string? declineCode,
        string? advice = null,
        int times = 1
    ) => rig.SwitchAsync(new SimulatedSwitches { Decline = new(code, declineCode, advice, times) });

    /// <summary>The balance falls, the card is charged, and no answer to that arrives.</summary>
    /// <param name="rig">With auto-reload on.</param>
    /// <param name="lostEvents">How many events are never delivered either.</param>
    public static async Task LoseChargeAsync(this PaymentsRig rig, int lostEvents = 0)
    {
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles = [new(SimulatedFault.LostAfterEffect, ChargePath, 3)],
                Lost = lostEvents,
            }
        );
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        Assert.Equal(3, rig.Charges().Count);
    }

    /// <summary>Afterwards so many charges have been sent in all.</summary>
    public static async Task AdvanceAsync(this PaymentsRig rig, TimeSpan by, int charges)
    {
        rig.Clock.Advance(by);
        await rig.MoveAsync();
        Assert.Equal(charges, rig.Charges().Count);
    }

    public static async Task SpendAndMoveAsync(this PaymentsRig rig, long cents)
    {
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.SpendAsync(cents);
        await rig.MoveAsync();
    }
}
