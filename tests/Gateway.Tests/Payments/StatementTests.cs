using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Ledger;

namespace Arda.Gateway.Tests.Payments;

/// <summary>The books of a project as its owner reads them, and the mail about a low
/// balance.</summary>
public sealed class StatementTests
{
    public static TheoryData<StoreKind> Both => [StoreKind.Sqlite, StoreKind.Postgres];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task The_lines_add_up_to_the_balance_through_refund_dispute_and_debt(
        StoreKind kind
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
        var first = await rig.FundAsync(1000);
        await rig.SpendAsync(300);
        var refund = await rig.Get<Refunds>()
            .RequestAsync(rig.Project, first.Id, 200, "rfd_1", PaymentsRig.Ct);
        Assert.False(refund.Denied(out _, out _));
        await rig.MoveAsync();
        await AssertSumAsync(rig);

        // More is taken back than is left, so something is owed; the next payment pays it first.
        var second = await rig.FundAsync(1000);
        await rig.SpendAsync(1_200);
        var charge = await rig.ChargeOfAsync(second.Id);
        await rig.AtBankAsync(books =>
        {
            var dispute = SimulatedDisputes.Open(books, charge, isInquiry: false);
            SimulatedDisputes.Withdraw(books, dispute.Text("id"));
            SimulatedDisputes.Close(books, dispute.Text("id"), "lost");
        });
        await rig.MoveAsync();
        Assert.Contains(await AssertSumAsync(rig), line => line.Change.Value < 0);
        await rig.FundAsync(2500);
        var lines = await AssertSumAsync(rig);
        Assert.Contains(lines, line => line.Kind == "dispute");
        Assert.Contains(lines, line => line is { Kind: "debt", Change.Value: 0 });
        Assert.Contains(lines, line => line is { Kind: "refund_done", Change.Value: 0 });
        Assert.DoesNotContain(lines, line => line.Kind is "fee" or "dispute_fee");
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Reading_page_by_page_skips_nothing_and_repeats_nothing(StoreKind kind)
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
        await rig.FundAsync(2500);
        for (var i = 1; i <= 12; i++)
        {
            await rig.SpendAsync(i);
        }

        await rig.FundAsync(500);
        var all = await AllAsync(rig);
        Assert.Equal(14, all.Count);
        foreach (var size in (int[])[1, 2, 5])
        {
            List<StatementLine> read = [];
            var below = StatementPlace.End;
            while (true)
            {
                var page = await rig.Get<Statements>()
                    .ListAsync(rig.Project, below, size, PaymentsRig.Ct);
                if (page.Count == 0)
                {
                    break;
                }

                read.AddRange(page);
                below = StatementPlace.Read(page[^1].Place.ToString())!.Value;
            }

            Assert.Equal(all, read);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_requests_in_flight_hold_is_told_exactly(StoreKind kind)
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
        await rig.FundAsync(1000);
        await rig.SpendAsync(100);
        var held = await rig.Get<SpendLedger>()
            .HoldAsync(Money.Request(rig.Payer(), 250 * NanoUsd.PerCent), PaymentsRig.Ct);
        Assert.False(held.Denied(out _, out var hold));

        var during = await rig.Get<Statements>().StandingAsync(rig.Project, PaymentsRig.Ct);
        Assert.Equal(NanoUsd.FromCents(900), during.Wallet.Balance);
        Assert.Equal(NanoUsd.FromCents(250), during.OnHold);
        Assert.Equal(NanoUsd.FromCents(650), during.Free);

        await Money.SettleAsync(hold!, 50 * NanoUsd.PerCent);
        var after = await rig.Get<Statements>().StandingAsync(rig.Project, PaymentsRig.Ct);
        Assert.Equal(NanoUsd.FromCents(850), after.Wallet.Balance);
        Assert.Equal(NanoUsd.Zero, after.OnHold);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_balance_that_falls_is_told_once_and_anew_after_money_came_in(StoreKind kind)
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
        await rig.FundAsync(500);
        await rig.SpendAsync(450);
        await MinuteAsync(rig);
        await rig.SpendAsync(10);
        await MinuteAsync(rig);
        Assert.Equal([PaymentMailKinds.LowBalance], await rig.MailsAsync());

        await rig.FundAsync(1000);
        await MinuteAsync(rig);
        await rig.SpendAsync(1000);
        await MinuteAsync(rig);
        Assert.Equal(
            [PaymentMailKinds.LowBalance, PaymentMailKinds.LowBalance],
            await rig.MailsAsync()
        );
    }

    private static async Task MinuteAsync(PaymentsRig rig)
    {
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        await rig.MoveAsync();
    }

    private static async Task<List<StatementLine>> AssertSumAsync(PaymentsRig rig)
    {
        var lines = await AllAsync(rig);
        var wallet = await rig.Get<Credits>().ReadAsync(rig.Project, PaymentsRig.Ct);
        Assert.Equal(wallet!.Balance.Value, lines.Sum(line => line.Change.Value));
        return lines;
    }

    private static async Task<List<StatementLine>> AllAsync(PaymentsRig rig) =>
        [
            .. await rig.Get<Statements>()
                .ListAsync(rig.Project, StatementPlace.End, 500, PaymentsRig.Ct),
        ];
}
