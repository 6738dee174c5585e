using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>From the reseller's account to its bank: case 59.</summary>
public sealed class BankPayoutTests : PaymentTests
{
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

    private static async Task<BankPayout> AtBankAsync(PaymentsRig rig, UserId owner) =>
        Assert.Single(await rig.Get<Payouts>().ListAtBankAsync(owner, PaymentsRig.Ct));
}
