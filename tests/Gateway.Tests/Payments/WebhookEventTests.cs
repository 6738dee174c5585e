using System.Text;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What comes of the events that were let in: cases 7, 9 to 12, 64 and 65.</summary>
public sealed class WebhookEventTests : PaymentTests
{
    [Theory]
    [PaymentCase(7)]
    [MemberData(nameof(All))]
    public async Task The_same_event_ten_times_at_once_credits_once(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        var body = await rig.LastEventAsync("checkout.session.completed");
        var signature = rig.SignEvent(body, rig.Clock.GetUtcNow());

        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ => rig.PostWebhookAsync(body, signature, PaymentsRig.Ct))
        );
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => rig.WorkAsync()));

        Assert.All(rig.Answers, status => Assert.Equal(200, status));
        Assert.Equal(
            1,
            await rig.CountAsync("payment_event", "type = 'checkout.session.completed'")
        );
        Assert.Equal(1, await rig.CountAsync("transfer", "kind = 'topup'"));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(9)]
    [MemberData(nameof(All))]
    public async Task Events_in_the_wrong_order_and_three_times_over_end_in_the_same_state(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Reordered = true, Copies = 3 });
        var page = await rig.OpenTopupAsync();
        await rig.PayAsync(page, "4000000000000002");
        await rig.PayAsync(page);

        await rig.MoveAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.ReturnAsync(page)).State);
        Assert.Equal(0, await rig.CountAsync("payment_event", "state <> 'done'"));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(9)]
    [MemberData(nameof(All))]
    public async Task A_failure_that_arrives_after_the_success_changes_nothing(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.OpenTopupAsync();
        await rig.PayAsync(page, "4000000000000002");
        await rig.PayAsync(page);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1000);

        var failed = await rig.LastEventAsync("payment_intent.payment_failed");
        await rig.PostEventAsync(WebhookSteps.Renamed(failed, "evt_late"));
        await rig.MoveAsync();

        Assert.Equal(1, await rig.CountAsync("payment_event", "id = 'evt_late'"));
        Assert.Equal(TopupStates.Succeeded, (await rig.ReturnAsync(page)).State);
        Assert.Empty(await rig.MailsAsync());
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(10)]
    [MemberData(nameof(All))]
    public async Task Two_event_ids_for_one_payment_credit_once(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        var succeeded = await rig.LastEventAsync("payment_intent.succeeded");
        await rig.PostEventAsync(WebhookSteps.Renamed(succeeded, "evt_first"));
        await rig.PostEventAsync(WebhookSteps.Renamed(succeeded, "evt_second"));

        await Task.WhenAll(rig.WorkAsync(), rig.WorkAsync());

        Assert.Equal(2, await rig.CountAsync("payment_event", "id IN ('evt_first', 'evt_second')"));
        Assert.Equal(1, await rig.CountAsync("transfer", "kind = 'topup'"));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(11)]
    [MemberData(nameof(All))]
    public async Task An_event_of_a_payment_made_in_the_dashboard_is_parked_for_the_operator(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.PostEventAsync(
            WebhookSteps.Event("evt_1", "payment_intent.succeeded", "pi_of_a_dashboard")
        );

        for (var minute = 0; minute < 6; minute++)
        {
            await rig.WorkAsync();
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, await rig.CountAsync("payment_event", "state = 'parked'"));
        Assert.Equal([Findings.UnknownObject], await rig.FindingsAsync());
        Assert.NotEmpty(await rig.Get<Findings>().ListOpenAsync(PaymentsRig.Ct));
    }

    [Theory]
    [PaymentCase(12)]
    [MemberData(nameof(All))]
    public async Task A_live_event_in_a_test_store_is_kept_and_does_nothing(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        var text = Encoding.UTF8.GetString(await rig.LastEventAsync("checkout.session.completed"));
        var end = text.LastIndexOf("\"livemode\":false", StringComparison.Ordinal);
        var live = text[..end] + "\"livemode\":true" + text[(end + 16)..];

        Assert.Equal(200, await rig.PostEventAsync(Encoding.UTF8.GetBytes(live)));
        await rig.WorkAsync();

        Assert.Equal(1, await rig.CountAsync("payment_event", "state = 'ignored'"));
        Assert.Equal([Findings.WrongMode], await rig.FindingsAsync());
        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(64)]
    [MemberData(nameof(All))]
    public async Task Fields_and_kinds_that_nobody_knows_are_accepted(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        rig.Wire.AcceptsUnknownAnswers = true;
        await rig.SwitchAsync(new SimulatedSwitches { Unfamiliar = true });
        await rig.PostEventAsync(WebhookSteps.Event("evt_1", "a.kind.of.tomorrow", "obj_1"));

        await rig.FundAsync(1000, saveCard: true);

        Assert.Equal(1, await rig.CountAsync("payment_event", "state = 'ignored'"));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [PaymentCase(65)]
    [MemberData(nameof(All))]
    public async Task A_payment_in_a_currency_without_cents_credits_nothing(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        await rig.AtBankAsync(books =>
        {
            var session = books.Find(page.SessionId())!;
            var payment = books.Find(session["payment_intent"]!.GetValue<string>())!;
            payment["currency"] = "jpy";
            books.Put(payment);
        });

        await rig.MoveAsync();

        Assert.Equal(TopupStates.Quarantined, (await rig.ReturnAsync(page)).State);
        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Events_that_come_three_days_late_find_everything_done(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { DelayMs = 3 * 86_400_000 });
        await rig.FundAsync();
        Assert.Empty(rig.Answers);

        rig.Clock.Advance(TimeSpan.FromDays(3));
        await rig.MoveAsync();

        Assert.NotEmpty(rig.Answers);
        Assert.All(rig.Answers, status => Assert.Equal(200, status));
        await rig.AssertBalanceAsync(1000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Events_that_could_not_be_delivered_are_fetched(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var topup = await rig.FundAsync(1000);
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 2 });
        var charge = await rig.ChargeOfAsync(topup.Id);
        await rig.AtBankAsync(books => SimulatedRefunds.Make(books, books.Find(charge)!, 300, []));

        rig.Clock.Advance(TimeSpan.FromMinutes(16));
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(700);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_event_waits_while_the_provider_is_away_and_is_done_later(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/checkout/sessions/", times: 6);

        await rig.MoveAsync();
        await rig.AssertBalanceAsync(0);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1000);
        Assert.Equal(0, await rig.CountAsync("payment_event", "state <> 'done'"));
    }
}
