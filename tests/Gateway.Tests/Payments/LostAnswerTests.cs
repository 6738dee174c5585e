using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Pages.Billing;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Reloads when answers are lost, late or wrong, and when many nodes see the same balance:
/// cases 25 to 31 and 40.</summary>
public sealed class LostAnswerTests : PaymentTests
{
    [Theory]
    [PaymentCase(25)]
    [MemberData(nameof(All))]
    public async Task A_time_out_after_the_charge_is_one_charge_and_one_credit(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.LoseChargeAsync(lostEvents: 10);
        await rig.AssertBalanceAsync(400);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.WorkAsync();

        await rig.AssertBalanceAsync(1400);
        Assert.Single(rig.Charges().Select(c => (c.Key, c.Form)).Distinct());
        await rig.AssertChargedOnceAsync();
    }

    [Theory]
    [PaymentCase(26)]
    [MemberData(nameof(All))]
    public async Task A_node_that_dies_between_charge_and_ledger_is_finished_by_the_next(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 10 });
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        var reload = await rig.LastReloadAsync();
        // As if the process had died after the call and before it wrote anything down.
        await rig.Store.Database.WriteAsync(c =>
        {
            c.Execute(
                "UPDATE topup SET state = 'unknown', payment = NULL, charge = NULL, "
                    + "receipt_url = NULL, paid_at = NULL, next_at = 0 WHERE kind = 'auto'"
            );
            return true;
        });

        await rig.WorkAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.LastReloadAsync()).State);
        Assert.Equal(reload.Id, (await rig.LastReloadAsync()).Id);
        await rig.AssertBalanceAsync(1400);
        await rig.AssertChargedOnceAsync();
    }

    [Theory]
    [PaymentCase(27)]
    [MemberData(nameof(All))]
    public async Task A_500_followed_by_the_webhook_credits_once_and_closes_the_row(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.TroubleAsync(SimulatedFault.ServerErrorAfterEffect, "/v1/payment_intents");
        await rig.SpendAsync(600);

        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.LastReloadAsync()).State);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await rig.AssertChargedOnceAsync();
    }

    public static TheoryData<StoreKind, OtherSide, string> NotNow =>
        AllWith(
            nameof(SimulatedFault.KeyInUse),
            nameof(SimulatedFault.RateLimited),
            nameof(SimulatedFault.LockTimeout),
            nameof(SimulatedFault.Down)
        );

    [Theory]
    [PaymentCase(28, 30)]
    [MemberData(nameof(NotNow))]
    public async Task An_answer_that_only_says_not_now_is_asked_again_with_the_same_key(
        StoreKind kind,
        OtherSide other,
        string fault
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.TroubleAsync(Enum.Parse<SimulatedFault>(fault), "/v1/payment_intents", times: 4);
        await rig.SpendAsync(600);
        // A request never waits for the provider: nothing was asked of it on its way.
        Assert.Null(await rig.DenialAsync());
        Assert.Empty(rig.Charges());

        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1400);
        Assert.Single(rig.Charges().Select(c => c.Key).Distinct());
        await rig.AssertChargedOnceAsync();
    }

    [Theory]
    [PaymentCase(29)]
    [MemberData(nameof(All))]
    public async Task A_key_that_met_another_body_is_an_alarm_and_never_replaced(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.LoseChargeAsync();
        // A mistake of ours, planted: the row changes after its key was used.
        await rig.Store.Database.WriteAsync(c =>
            c.Execute("UPDATE topup SET cents = 2500 WHERE kind = 'auto'")
        );

        // Before any event tells of it, and for hours after: never another key.
        for (var minute = 0; minute < 5; minute++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await rig.WorkAsync();
            Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        }

        for (var hour = 0; hour < 5; hour++)
        {
            rig.Clock.Advance(TimeSpan.FromHours(1));
            await rig.WorkAsync();
        }

        Assert.Contains(Findings.KeyReused, await rig.FindingsAsync());
        // The provider's own event then shows the other amount, which is never credited.
        Assert.Equal(TopupStates.Quarantined, (await rig.LastReloadAsync()).State);
        Assert.Equal(ReloadOffReasons.Quarantined, (await rig.SettingsAsync()).OffReason);
        await rig.AssertBalanceAsync(400);
        Assert.Single(rig.Charges().Select(c => c.Key).Distinct());
    }

    // A charge of which nobody heard for a day: the key may be forgotten, so it is searched.
    [Theory]
    [MemberData(nameof(All))]
    public async Task After_a_day_without_answer_the_charge_is_searched_and_never_made_again(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles =
                [
                    new(SimulatedFault.LostAndForgotten, "/v1/payment_intents", 1),
                    new(SimulatedFault.Down, "/v1/", 50),
                ],
                Lost = 50,
            }
        );
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.SwitchAsync(new SimulatedSwitches());

        await rig.WorkAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.LastReloadAsync()).State);
        await rig.AssertBalanceAsync(1400);
        await rig.AssertChargedOnceAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task After_a_day_without_answer_and_without_a_charge_another_attempt_is_made(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        rig.Clock.Advance(TimeSpan.FromHours(25));

        await rig.WorkAsync();
        await rig.WorkAsync();

        await rig.AssertBalanceAsync(1400);
        await rig.AssertChargedOnceAsync();
        Assert.Contains(Findings.ChargeSearched, await rig.FindingsAsync());
    }

    [Theory]
    [PaymentCase(31)]
    [MemberData(nameof(All))]
    public async Task Five_hundred_settlements_on_two_nodes_across_the_threshold_are_one_charge(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        var reloads = rig.Get<AutoReloads>();
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 800, 1000, 4000, Journeys.Consent));
        await using var second = await rig.SecondNodeAsync();
        PaymentsRig[] nodes = kind is StoreKind.Postgres ? [rig, second] : [rig, rig];
        using var stop = new CancellationTokenSource();
        var workers = new[] { rig, second }
            .SelectMany(node => new[] { node, node })
            .Select(node => Task.Run(() => WorkUntilAsync(node, stop.Token)))
            .ToList();

        await Task.WhenAll(
            Enumerable
                .Range(0, 500)
                .Chunk(50)
                .Select((part, i) => SpendManyAsync(nodes[i % 2], part.Length))
        );
        await Task.WhenAll(rig.WorkAsync(), second.WorkAsync());
        await rig.MoveAsync();
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        await rig.MoveAsync();

        Assert.Equal(1, await rig.CountAsync("topup", "kind = 'auto'"));
        Assert.Equal(1, rig.Charges().Count + second.Charges().Count);
        await rig.AssertChargedOnceAsync();
        await rig.AssertBalanceAsync(1500);
    }

    [Theory]
    [PaymentCase(40)]
    [MemberData(nameof(All))]
    public async Task A_revoked_secret_key_rests_all_calls_and_tells_the_operator(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        var told = new TaskCompletionSource<string>();
        rig.Get<StripeHealth>().KeyRefused += why => told.TrySetResult(why);
        await rig.TroubleAsync(SimulatedFault.KeyRevoked, "/v1/payment_intents");
        await rig.SpendAsync(600);

        await rig.WorkAsync();
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10), PaymentsRig.Ct);
        var calls = rig.Wire.Calls.Count;
        var opened = await rig.Get<Topups>()
            .OpenAsync(rig.Project, 500, saveCard: false, Journeys.Returns, PaymentsRig.Ct);

        Assert.True(opened.Denied(out var denial, out _));
        Assert.IsType<Denial.PaymentsUnavailable>(denial);
        Assert.Equal(calls, rig.Wire.Calls.Count);
        // It is not the user's card that was refused, and nobody tells them so.
        Assert.True((await rig.SettingsAsync()).Enabled);
        Assert.Empty(await rig.MailsAsync());
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        await PortalRig.UntilAsync(async () =>
            (await rig.FindingsAsync()).SequenceEqual([Findings.KeyRefused])
        );
        Assert.False((await rig.Get<PaymentHealth>().ReadAsync(PaymentsRig.Ct)).IsKeyAccepted);
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
    }

    private static async Task SpendManyAsync(PaymentsRig rig, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await rig.SpendAsync(1);
        }
    }

    private static async Task WorkUntilAsync(PaymentsRig rig, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await rig.WorkAsync();
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
