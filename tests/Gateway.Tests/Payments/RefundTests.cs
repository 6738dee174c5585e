using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Ledger;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Refunds and disputes: cases 41 to 49.</summary>
public sealed class RefundTests : PaymentTests
{
    [Theory]
    [PaymentCase(41)]
    [MemberData(nameof(All))]
    public async Task More_than_what_is_unspent_is_refused_before_the_provider_is_asked(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        await rig.SpendAsync(300);

        var refused = await RequestAsync(rig, topup, 701, "r1");
        Assert.True(refused.Denied(out var denial, out _));
        Assert.IsType<Denial.InvalidRequest>(denial);
        Assert.DoesNotContain(rig.Wire.Calls, call => call.Path == "/v1/refunds");

        Assert.False((await RequestAsync(rig, topup, 700, "r2")).Denied(out _, out var refund));
        Assert.Equal("succeeded", refund!.State);
        Assert.Equal(
            0,
            await rig.Get<Refunds>().RefundableAsync(rig.Project, topup.Id, PaymentsRig.Ct)
        );
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(0);
    }

    // Ledger case 52: a hold that runs keeps its money.
    [Theory]
    [MemberData(nameof(All))]
    public async Task Money_that_a_request_holds_is_not_refunded(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        var request = Money.Request(rig.Payer(), 400 * NanoUsd.PerCent);
        var held = await rig.Get<SpendLedger>().HoldAsync(request, PaymentsRig.Ct);
        Assert.False(held.Denied(out _, out var hold));

        Assert.True((await RequestAsync(rig, topup, 1000, "r1")).Denied(out _, out _));
        Assert.False((await RequestAsync(rig, topup, 600, "r2")).Denied(out _, out _));
        await Money.SettleAsync(hold!, 400 * NanoUsd.PerCent);

        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(42)]
    [MemberData(nameof(All))]
    public async Task A_refund_that_fails_at_the_bank_comes_back(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var failing = await rig.FundAsync(1000, card: "4000000000005126");
        var slow = await rig.FundAsync(500, card: "4000000000007726");
        await RequestAsync(rig, failing, 1000, "r1");
        Assert.False((await RequestAsync(rig, slow, 500, "r2")).Denied(out _, out var pending));
        Assert.Equal("pending", pending!.State);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(0);

        await rig.AtBankAsync(books =>
        {
            foreach (var refund in books.All("refund"))
            {
                SimulatedRefunds.Settle(books, refund.Text("id"));
            }
        });
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1000);
        Assert.Equal(
            [PaymentMailKinds.RefundDone, PaymentMailKinds.RefundFailed],
            (await rig.MailsAsync()).Order()
        );
        Assert.False((await RequestAsync(rig, failing, 1000, "r1")).Denied(out _, out var failed));
        Assert.Equal("failed", failed!.State);
    }

    [Theory]
    [PaymentCase(43)]
    [MemberData(nameof(All))]
    public async Task A_double_click_is_one_refund(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => RequestAsync(rig, topup, 400, "form_1"))
        );

        Assert.All(answers, answer => Assert.False(answer.Denied(out _, out _)));
        Assert.Equal(1, await rig.CountAsync("refund"));
        await rig.AtBankAsync(books => Assert.Single(books.All("refund")));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(600);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_refund_whose_answer_is_lost_is_made_once(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/refunds", times: 3);

        Assert.False((await RequestAsync(rig, topup, 400, "r1")).Denied(out _, out var refund));
        Assert.Equal("unknown", refund!.State);
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.WorkAsync();

        await rig.AtBankAsync(books => Assert.Single(books.All("refund")));
        Assert.Equal(1, await rig.CountAsync("refund", "state = 'succeeded'"));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(600);
    }

    [Theory]
    [PaymentCase(44)]
    [MemberData(nameof(All))]
    public async Task Spent_money_refunded_in_the_dashboard_is_debt_until_a_top_up_pays_it(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        await rig.SpendAsync(800);
        var charge = await rig.ChargeOfAsync(topup.Id);
        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 150, []));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(50);
        Assert.Null(await rig.DenialAsync());

        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 850, []));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(-800);
        Assert.IsType<Denial.ProjectFrozen>(await rig.DenialAsync());

        await rig.FundAsync(1000);
        await rig.AssertBalanceAsync(200);
        Assert.Null(await rig.DenialAsync());
    }

    [Theory]
    [PaymentCase(45, 46)]
    [MemberData(nameof(All))]
    public async Task A_dispute_freezes_then_takes_and_a_win_gives_all_back(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.WithAutoReloadAsync();
        await rig.SpendAsync(300);
        var dispute = await DisputeAsync(rig, topup);
        Assert.IsType<Denial.ProjectFrozen>(await rig.DenialAsync());
        Assert.Equal(ReloadOffReasons.Disputed, (await rig.SettingsAsync()).OffReason);
        Assert.Contains(PaymentMailKinds.Disputed, await rig.MailsAsync());
        await rig.AssertBalanceAsync(700);

        await rig.AtBankAsync(books => SimulatedDisputes.Withdraw(books, dispute));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(-300);

        await rig.AtBankAsync(books => SimulatedDisputes.Close(books, dispute, "won"));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(700);
        Assert.Contains(PaymentMailKinds.DisputeWon, await rig.MailsAsync());
        Assert.Null(await rig.DenialAsync());
        Assert.False((await rig.SettingsAsync()).Enabled);
    }

    [Theory]
    [PaymentCase(47)]
    [MemberData(nameof(All))]
    public async Task A_lost_dispute_keeps_what_it_took_and_blocks_until_it_is_repaid(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        await rig.SpendAsync(300);
        // Everything at once and the last first: order must not matter.
        await rig.SwitchAsync(new SimulatedSwitches { Reordered = true, Copies = 2 });
        await rig.AtBankAsync(books =>
        {
            var charge = TopupCharge(books);
            var dispute = SimulatedDisputes.Open(books, charge, isInquiry: false).Text("id");
            SimulatedDisputes.Withdraw(books, dispute);
            SimulatedDisputes.Close(books, dispute, "lost");
        });
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(-300);
        Assert.IsType<Denial.ProjectFrozen>(await rig.DenialAsync());
        await rig.FundAsync(500);
        await rig.AssertBalanceAsync(200);
        Assert.Null(await rig.DenialAsync());
        Assert.NotEmpty(topup.Id);
    }

    [Theory]
    [PaymentCase(48)]
    [MemberData(nameof(All))]
    public async Task An_inquiry_moves_nothing_and_freezes_nothing(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.FundAsync(1000, card: "4000000000001976");
        await rig.MoveAsync();

        Assert.Null(await rig.DenialAsync());
        Assert.Contains(Findings.Inquiry, await rig.FindingsAsync());
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(49)]
    [MemberData(nameof(All))]
    public async Task A_dispute_of_a_payment_that_was_refunded_takes_only_the_rest(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        Assert.False((await RequestAsync(rig, topup, 600, "r1")).Denied(out _, out _));
        await rig.MoveAsync();

        await rig.AtBankAsync(books =>
        {
            var dispute = SimulatedDisputes.Open(books, TopupCharge(books), isInquiry: false);
            // A network that disputes the whole amount all the same.
            dispute["amount"] = 1000;
            books.Put(dispute);
            SimulatedDisputes.Withdraw(books, dispute.Text("id"));
        });
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(0);
    }

    // Ledger case 57.
    [Theory]
    [MemberData(nameof(All))]
    public async Task Two_disputes_keep_a_project_frozen_until_both_are_over(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var first = await DisputeAsync(rig, await rig.FundAsync(1000));
        var second = await DisputeAsync(rig, await rig.FundAsync(500));

        await CloseAsync(rig, first);
        Assert.IsType<Denial.ProjectFrozen>(await rig.DenialAsync());
        await CloseAsync(rig, second);

        Assert.Null(await rig.DenialAsync());
        await rig.AssertBalanceAsync(1500);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_refund_is_refused_while_disputed_and_after_its_time(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        rig.Clock.Advance(TimeSpan.FromDays(31));
        Assert.True((await RequestAsync(rig, topup, 100, "r1")).Denied(out _, out _));

        var disputed = await rig.FundAsync(500);
        await DisputeAsync(rig, disputed);
        Assert.True((await RequestAsync(rig, disputed, 100, "r2")).Denied(out _, out _));
        await rig.AssertBalanceAsync(1500);
    }

    private static Task<Outcome<Refund>> RequestAsync(
        PaymentsRig rig,
        Topup topup,
        long cents,
        string request
    ) => rig.Get<Refunds>().RequestAsync(rig.Project, topup.Id, cents, request, PaymentsRig.Ct);

    private static async Task<string> DisputeAsync(PaymentsRig rig, Topup topup)
    {
        var charge = await rig.ChargeOfAsync(topup.Id);
        var id = "";
        await rig.AtBankAsync(books =>
            id = SimulatedDisputes.Open(books, charge, isInquiry: false).Text("id")
        );
        await rig.MoveAsync();
        return id;
    }

    private static async Task CloseAsync(PaymentsRig rig, string dispute)
    {
        await rig.AtBankAsync(books => SimulatedDisputes.Close(books, dispute, "won"));
        await rig.MoveAsync();
    }

    private static string TopupCharge(SimulatedBooks books) => books.All("charge")[0].Text("id");
}
