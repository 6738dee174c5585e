using System.Diagnostics.Metrics;
using System.Text;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What arrives at the webhook endpoint: cases 6 to 12 and 62 to 65.</summary>
public sealed class WebhookTests : PaymentTests
{
    [Theory]
    [PaymentCase(6, 62)]
    [MemberData(nameof(All))]
    public async Task A_signature_that_is_wrong_missing_old_or_of_the_future_stores_nothing(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var body = Event("evt_1", "customer.deleted", "cus_1");
        var now = rig.Clock.GetUtcNow();
        string?[] signatures =
        [
            null,
            "",
            "t=1",
            "v1=" + new string('0', 64),
            WebhookSignature.Sign(body, "whsec_wrong", now),
            Sign(rig, body, now.AddSeconds(-301)),
            Sign(rig, body, now.AddSeconds(301)),
            Sign(rig, body, now).Replace("v1=", "v0=", StringComparison.Ordinal),
            Sign(rig, Event("evt_2", "customer.deleted", "cus_1"), now),
        ];

        using var refused = CountedRefusals.Listen();
        foreach (var signature in signatures)
        {
            Assert.Equal(400, await rig.PostWebhookAsync(body, signature, PaymentsRig.Ct));
        }

        Assert.Equal(0, await rig.CountAsync("payment_event"));
        Assert.True(refused.Count >= signatures.Length, $"{refused.Count} were counted");
        var within = Sign(rig, body, now.AddSeconds(-299));
        Assert.Equal(200, await rig.PostWebhookAsync(body, within, PaymentsRig.Ct));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task While_a_secret_is_rolled_either_of_two_signatures_will_do(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var body = Event("evt_1", "payout.paid", "po_1");
        var signature = Sign(rig, body, rig.Clock.GetUtcNow());
        var both = signature.Replace(
            ",v1=",
            ",v1=" + new string('a', 64) + ",v1=",
            StringComparison.Ordinal
        );

        Assert.Equal(200, await rig.PostWebhookAsync(body, both, PaymentsRig.Ct));
    }

    [Theory]
    [PaymentCase(7)]
    [MemberData(nameof(All))]
    public async Task The_same_event_ten_times_at_once_credits_once(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var page = await rig.PaidPageAsync();
        var body = await EventOf(rig, "checkout.session.completed");
        var signature = Sign(rig, body, rig.Clock.GetUtcNow());

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
    [PaymentCase(8)]
    [MemberData(nameof(All))]
    public async Task An_old_body_with_a_new_time_has_no_valid_signature(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var body = Event("evt_1", "charge.refunded", "ch_1");
        var old = Sign(rig, body, rig.Clock.GetUtcNow());
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        var stamp = rig.Clock.GetUtcNow().ToUnixTimeSeconds();
        var renewed = $"t={stamp}{old[old.IndexOf(',', StringComparison.Ordinal)..]}";

        Assert.Equal(400, await rig.PostWebhookAsync(body, old, PaymentsRig.Ct));
        Assert.Equal(400, await rig.PostWebhookAsync(body, renewed, PaymentsRig.Ct));
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

        var failed = await EventOf(rig, "payment_intent.payment_failed");
        await PostAsync(rig, Renamed(failed, "evt_late"));
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
        var succeeded = await EventOf(rig, "payment_intent.succeeded");
        await PostAsync(rig, Renamed(succeeded, "evt_first"));
        await PostAsync(rig, Renamed(succeeded, "evt_second"));

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
        await PostAsync(rig, Event("evt_1", "payment_intent.succeeded", "pi_of_a_dashboard"));

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
        var text = Encoding.UTF8.GetString(await EventOf(rig, "checkout.session.completed"));
        var end = text.LastIndexOf("\"livemode\":false", StringComparison.Ordinal);
        var live = text[..end] + "\"livemode\":true" + text[(end + 16)..];

        Assert.Equal(200, await PostAsync(rig, Encoding.UTF8.GetBytes(live)));
        await rig.WorkAsync();

        Assert.Equal(1, await rig.CountAsync("payment_event", "state = 'ignored'"));
        Assert.Equal([Findings.WrongMode], await rig.FindingsAsync());
        await rig.AssertBalanceAsync(0);
    }

    [Theory]
    [PaymentCase(63)]
    [MemberData(nameof(All))]
    public async Task A_body_that_is_too_long_or_no_event_is_refused(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);

        Assert.Equal(413, await PostAsync(rig, new byte[(1 << 20) + 1]));
        Assert.Equal(400, await PostAsync(rig, "not json"u8.ToArray()));
        Assert.Equal(400, await PostAsync(rig, """{"object":"charge"}"""u8.ToArray()));
        Assert.Equal(0, await rig.CountAsync("payment_event"));
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
        await PostAsync(rig, Event("evt_1", "a.kind.of.tomorrow", "obj_1"));

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
    public async Task Forged_events_are_refused_and_the_payment_is_found_without_them(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Forged = true });
        var page = await rig.PaidPageAsync();

        await rig.DeliverAsync();
        Assert.NotEmpty(rig.Answers);
        Assert.All(rig.Answers, status => Assert.Equal(400, status));
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await rig.WorkAsync();

        await rig.AssertBalanceAsync(1000);
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

    private static Task<int> PostAsync(PaymentsRig rig, byte[] body) =>
        rig.PostWebhookAsync(body, Sign(rig, body, rig.Clock.GetUtcNow()), PaymentsRig.Ct);

    private static string Sign(PaymentsRig rig, byte[] body, DateTimeOffset at) =>
        WebhookSignature.Sign(body, rig.Provider.WebhookSecret, at);

    // Without the check of its shape: these are about what stands around it.
    private static byte[] Event(string id, string type, string item) =>
        Encoding.UTF8.GetBytes(
            $$"""{"id":"{{id}}","object":"event","type":"{{type}}","livemode":false,"""
                + $$""" "api_version":"x","data":{"object":{"id":"{{item}}"} } }"""
        );

    private static byte[] Renamed(byte[] body, string id)
    {
        var text = Encoding.UTF8.GetString(body);
        var at = text.IndexOf("evt_", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text[..at] + id + text[text.IndexOf('"', at)..]);
    }

    private static Task<byte[]> EventOf(PaymentsRig rig, string type) =>
        rig.Provider.RunAsync(books =>
            Encoding.UTF8.GetBytes(
                books.Events(new HashSet<string> { type }, false, 0)[0].ToJsonString()
            )
        );

    /// <summary>What is refused leaves a counter and nothing else. Other tests count too, so it is a
    /// lower bound.</summary>
    private sealed class CountedRefusals : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public long Count => Interlocked.Read(ref _count);

        public static CountedRefusals Listen()
        {
            var counted = new CountedRefusals();
            counted._listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "arda.payments.webhooks")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            counted._listener.SetMeasurementEventCallback<long>(
                (_, many, tags, _) =>
                {
                    foreach (var tag in tags)
                    {
                        Interlocked.Add(
                            ref counted._count,
                            tag.Value is "bad_signature" ? many : 0
                        );
                    }
                }
            );
            counted._listener.Start();
            return counted;
        }

        public void Dispose() => _listener.Dispose();
    }
}
