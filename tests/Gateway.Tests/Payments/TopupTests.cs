using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Top-ups by page: cases 1 to 5 and 13 to 17 of the list of payment failures.</summary>
public sealed class TopupTests : PaymentTests
{
    [Theory]
    [PaymentCase(1)]
    [MemberData(nameof(All))]
    public async Task A_closed_page_expires_without_credit_and_without_mail(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.OpenTopupAsync();

        rig.Clock.Advance(TimeSpan.FromMinutes(61));
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Expired, (await rig.ReturnAsync(page)).State);
        Assert.Empty(await rig.MailsAsync());
        await rig.AssertBalanceAsync(0);
        Assert.NotEqual(page.Url, (await rig.OpenTopupAsync()).Url);
    }

    [Theory]
    [PaymentCase(2)]
    [MemberData(nameof(All))]
    public async Task Two_pages_paid_in_two_tabs_credit_once_each_and_an_expired_one_never(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var a = await rig.OpenTopupAsync(500);
        var b = await rig.OpenTopupAsync(1000);
        var c = await rig.OpenTopupAsync(2500);
        Assert.Null(await rig.Get<Topups>().CancelAsync(rig.Project, c.Id, PaymentsRig.Ct));

        Assert.Equal(PayStep.Done, (await rig.PayAsync(a)).Step);
        Assert.Equal(PayStep.Done, (await rig.PayAsync(b)).Step);
        Assert.Equal(PayStep.Closed, (await rig.PayAsync(c)).Step);
        Assert.Equal(PayStep.Closed, (await rig.PayAsync(a)).Step);
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Expired, (await rig.ReturnAsync(c)).State);
        await rig.AssertBalanceAsync(1500);
    }

    [Theory]
    [PaymentCase(3)]
    [MemberData(nameof(All))]
    public async Task The_return_page_credits_before_the_webhook_which_then_does_nothing(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();

        var returned = await rig.ReturnAsync(page);
        await rig.AssertBalanceAsync(1000);
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Succeeded, returned.State);
        Assert.NotNull(returned.ReceiptUrl);
        Assert.Equal(0, await rig.CountAsync("payment_event", "state <> 'done'"));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(4)]
    [MemberData(nameof(All))]
    public async Task The_webhook_credits_before_the_return_page_which_then_says_so(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();

        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1000);

        Assert.Equal(TopupStates.Succeeded, (await rig.ReturnAsync(page)).State);
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(5)]
    [MemberData(nameof(All))]
    public async Task A_payment_that_nobody_told_of_is_found_within_ten_minutes(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 10 });
        var page = await rig.PaidPageAsync();

        for (var minute = 0; minute < 10; minute++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await rig.MoveAsync();
        }

        Assert.Empty(rig.Answers);
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(13)]
    [MemberData(nameof(All))]
    public async Task Another_amount_or_currency_than_was_asked_is_quarantined(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var less = await rig.OpenTopupAsync(1000);
        await rig.PayAsync(less);
        await Change(rig, less, "amount_received", 900);
        var euro = await rig.OpenTopupAsync(500);
        await rig.PayAsync(euro);
        await Change(rig, euro, "currency", "eur");

        await rig.MoveAsync();

        Assert.Equal(TopupStates.Quarantined, (await rig.ReturnAsync(less)).State);
        Assert.Equal(TopupStates.Quarantined, (await rig.ReturnAsync(euro)).State);
        Assert.Equal(2, (await rig.FindingsAsync()).Count(f => f == Findings.Quarantined));
        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(13)]
    [MemberData(nameof(All))]
    public async Task A_page_that_says_another_amount_customer_or_mode_is_quarantined(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        List<PaymentPage> pages = [];
        foreach (
            var (field, value) in (IEnumerable<(string, JsonNode)>)
                [("amount_total", 900), ("customer", "cus_other"), ("livemode", true)]
        )
        {
            var page = await rig.PaidPageAsync();
            pages.Add(page);
            await rig.AtBankAsync(books =>
            {
                var session = books.Find(page.SessionId())!;
                session[field] = value;
                books.Put(session);
            });
        }

        await rig.MoveAsync();

        foreach (var page in pages)
        {
            Assert.Equal(TopupStates.Quarantined, (await rig.ReturnAsync(page)).State);
        }

        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(14)]
    [MemberData(nameof(All))]
    public async Task A_page_that_names_the_top_up_of_somebody_else_credits_nobody(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var theirs = await rig.OpenTopupAsync();
        var page = await rig.PaidPageAsync();
        await rig.AtBankAsync(books =>
        {
            var session = books.Find(page.SessionId())!;
            session["client_reference_id"] = theirs.Id;
            books.Put(session);
        });

        await rig.MoveAsync();

        Assert.Equal(TopupStates.Open, (await rig.ReturnAsync(theirs)).State);
        Assert.Equal(TopupStates.Quarantined, (await rig.ReturnAsync(page)).State);
        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(15)]
    [MemberData(nameof(All))]
    public async Task A_slow_method_waits_and_then_credits_or_fails(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var good = await rig.OpenTopupAsync(500);
        var bad = await rig.OpenTopupAsync(1000);
        await rig.PayAsync(good, "pm_simulated_delayed");
        await rig.PayAsync(bad, "pm_simulated_delayed");
        await rig.MoveAsync();
        Assert.Equal(TopupStates.Processing, (await rig.ReturnAsync(good)).State);
        await rig.AssertBalanceAsync(0);

        await rig.AtBankAsync(books =>
        {
            SimulatedPageActs.SettleDelayed(books, good.SessionId(), true);
            SimulatedPageActs.SettleDelayed(books, bad.SessionId(), false);
        });
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.ReturnAsync(good)).State);
        var failed = await rig.ReturnAsync(bad);
        Assert.Equal(TopupStates.Failed, failed.State);
        Assert.NotNull(failed.Failure);
        Assert.Equal([PaymentMailKinds.TopupFailed], await rig.MailsAsync());
        await rig.AssertBalanceAsync(500);
    }

    [Theory]
    [PaymentCase(16)]
    [MemberData(nameof(All))]
    public async Task A_declined_card_stays_on_the_page_and_another_one_pays(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.OpenTopupAsync();

        Assert.Equal(PayStep.Declined, (await rig.PayAsync(page, "4000000000000002")).Step);
        await rig.MoveAsync();
        Assert.Equal(TopupStates.Open, (await rig.ReturnAsync(page)).State);
        await rig.AssertBalanceAsync(0);

        Assert.Equal(PayStep.Done, (await rig.PayAsync(page)).Step);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(17)]
    [MemberData(nameof(All))]
    public async Task A_bank_that_refuses_or_is_left_leaves_the_page_open(
        StoreKind kind,
        OtherSide other
    )
    {
        const string ThreeDsCard = "4000002760003184";
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.OpenTopupAsync();

        Assert.Equal(PayStep.AskBank, (await rig.PayAsync(page, ThreeDsCard)).Step);
        await rig.MoveAsync();
        Assert.Equal(TopupStates.Open, (await rig.ReturnAsync(page)).State);
        Assert.Equal(PayStep.Declined, (await rig.PayAsync(page, ThreeDsCard, false)).Step);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(0);

        Assert.Equal(PayStep.Done, (await rig.PayAsync(page, ThreeDsCard, true)).Step);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(39)]
    [MemberData(nameof(All))]
    public async Task A_provider_that_is_down_denies_the_top_up_and_nothing_else(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.FundAsync();
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/checkout/sessions", times: 3);

        var opened = await rig.Get<Topups>()
            .OpenAsync(rig.Project, 500, saveCard: false, Journeys.Returns, PaymentsRig.Ct);

        Assert.True(opened.Denied(out var denial, out _));
        Assert.IsType<Denial.PaymentsUnavailable>(denial);
        await rig.SpendAsync(10);
        Assert.NotNull((await rig.OpenTopupAsync(500)).Url);
        rig.Clock.Advance(TimeSpan.FromMinutes(3));
        await rig.MoveAsync();
        Assert.Equal(1, await rig.CountAsync("topup", "state = 'expired'"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Only_the_amounts_that_are_offered_can_be_bought(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);

        var opened = await rig.Get<Topups>()
            .OpenAsync(rig.Project, 1, saveCard: false, Journeys.Returns, PaymentsRig.Ct);

        Assert.True(opened.Denied(out var denial, out _));
        Assert.IsType<Denial.InvalidRequest>(denial);
        Assert.Empty(rig.Wire.Calls);
    }

    private static Task Change<T>(PaymentsRig rig, PaymentPage page, string field, T value) =>
        rig.AtBankAsync(books =>
        {
            var session = books.Find(page.SessionId())!;
            var payment = books.Find(session["payment_intent"]!.GetValue<string>())!;
            payment[field] = System.Text.Json.Nodes.JsonValue.Create(value);
            books.Put(payment);
        });
}
