using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>The way of thirty dollars from a user to a reseller, and what goes wrong on it.</summary>
internal static class PayoutSteps
{
    /// <summary>A user who paid a hundred dollars, and a reseller who earned thirty of them long
    /// enough ago: the next round pays them out.</summary>
    public static async Task<(UserId Owner, Topup Topup)> EarnedAsync(
        this PaymentsRig rig,
        string card = Resellers.QuickCard
    )
    {
        var owner = await rig.ResellerAsync();
        var topup = await rig.FundAsync(10_000, card: card);
        await rig.EarnAsync(owner, 3000);
        await rig.AgeAsync(31);
        return (owner, topup);
    }

    /// <summary>And the transfer that paid it out.</summary>
    public static async Task<(UserId Owner, Topup Topup)> PaidOutAsync(this PaymentsRig rig)
    {
        // The operator's own money at the provider: the balance is never the bottleneck here.
        var earned = await rig.EarnedAsync();
        await rig.NextRoundAsync();
        Assert.Equal(PayoutStates.Paid, (await rig.PayoutAsync(earned.Owner)).State);
        return earned;
    }

    /// <summary>The workers send what is due. The money moves, and neither the answer nor the event
    /// that tells of it arrives; the provider forgets the key, as it may after a day.</summary>
    public static async Task LoseTransferAsync(this PaymentsRig rig)
    {
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles =
                [
                    new(SimulatedFault.LostAndForgotten, "/v1/transfers", 1),
                    new(SimulatedFault.Down, "/v1/transfers", 2),
                ],
                Lost = 1,
            }
        );
        await rig.WorkAsync();
    }

    /// <summary>The user's bank takes the whole top-up back.</summary>
    /// <returns>The dispute.</returns>
    public static async Task<string> DisputeAsync(this PaymentsRig rig, string topup)
    {
        var charge = await rig.ChargeOfAsync(topup);
        var dispute = await rig.Provider.RunAsync(books =>
        {
            var opened = SimulatedDisputes.Open(books, charge, isInquiry: false).Text("id");
            SimulatedDisputes.Withdraw(books, opened);
            return opened;
        });
        await rig.MoveAsync();
        await rig.MoveAsync();
        return dispute;
    }

    public static Task<List<string>> TransfersAtProviderAsync(this PaymentsRig rig) =>
        rig.Provider.RunAsync(books =>
            books.All("transfer").ConvertAll(transfer => transfer.Text("id"))
        );

    public static bool IsTransfer(SentCall call) =>
        call is { Method: "POST", Path: "/v1/transfers" };
}
