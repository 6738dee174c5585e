using System.Diagnostics.Metrics;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What the webhook endpoint lets in: cases 6, 8, 62 and 63.</summary>
public sealed class WebhookDoorTests : PaymentTests
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
        var body = WebhookSteps.Event("evt_1", "customer.deleted", "cus_1");
        var now = rig.Clock.GetUtcNow();
        string?[] signatures =
        [
            null,
            "",
            "t=1",
            "v1=" + new string('0', 64),
            WebhookSignature.Sign(body, "whsec_wrong", now),
            rig.SignEvent(body, now.AddSeconds(-301)),
            rig.SignEvent(body, now.AddSeconds(301)),
            rig.SignEvent(body, now).Replace("v1=", "v0=", StringComparison.Ordinal),
            rig.SignEvent(WebhookSteps.Event("evt_2", "customer.deleted", "cus_1"), now),
        ];

        using var refused = CountedRefusals.Listen();
        foreach (var signature in signatures)
        {
            Assert.Equal(400, await rig.PostWebhookAsync(body, signature, PaymentsRig.Ct));
        }

        Assert.Equal(0, await rig.CountAsync("payment_event"));
        Assert.True(refused.Count >= signatures.Length, $"{refused.Count} were counted");
        var within = rig.SignEvent(body, now.AddSeconds(-299));
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
        var body = WebhookSteps.Event("evt_1", "payout.paid", "po_1");
        var signature = rig.SignEvent(body, rig.Clock.GetUtcNow());
        var both = signature.Replace(
            ",v1=",
            ",v1=" + new string('a', 64) + ",v1=",
            StringComparison.Ordinal
        );

        Assert.Equal(200, await rig.PostWebhookAsync(body, both, PaymentsRig.Ct));
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
        var body = WebhookSteps.Event("evt_1", "charge.refunded", "ch_1");
        var old = rig.SignEvent(body, rig.Clock.GetUtcNow());
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        var stamp = rig.Clock.GetUtcNow().ToUnixTimeSeconds();
        var renewed = $"t={stamp}{old[old.IndexOf(',', StringComparison.Ordinal)..]}";

        Assert.Equal(400, await rig.PostWebhookAsync(body, old, PaymentsRig.Ct));
        Assert.Equal(400, await rig.PostWebhookAsync(body, renewed, PaymentsRig.Ct));
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

        Assert.Equal(413, await rig.PostEventAsync(new byte[(1 << 20) + 1]));
        Assert.Equal(400, await rig.PostEventAsync("not json"u8.ToArray()));
        Assert.Equal(400, await rig.PostEventAsync("""{"object":"charge"}"""u8.ToArray()));
        Assert.Equal(0, await rig.CountAsync("payment_event"));
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
