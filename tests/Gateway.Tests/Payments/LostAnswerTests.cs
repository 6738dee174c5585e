using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Reloads when answers are lost, late or wrong, and when many nodes see the same balance:
/// cases 25 to 31 and 40.</summary>
public sealed class LostAnswerTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    // Case 25.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_time_out_after_the_charge_is_one_charge_and_one_credit(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.SwitchAsync(
            new SimulatedSwitches
            {
                Troubles = [new(SimulatedFault.LostAfterEffect, "/v1/payment_intents", 3)],
                Lost = 10,
            }
        );
        await rig.SpendAsync(600);

        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        Assert.Equal(3, Charges(rig).Count());
        await rig.AssertBalanceAsync(400);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.WorkAsync();

        await rig.AssertBalanceAsync(1400);
        Assert.Single(Charges(rig).Select(c => (c.Key, c.Form)).Distinct());
        await AssertChargedAsync(rig, times: 1);
    }

    // Case 26.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_node_that_dies_between_charge_and_ledger_is_finished_by_the_next(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
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
        await AssertChargedAsync(rig, times: 1);
    }

    // Case 27.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_500_followed_by_the_webhook_credits_once_and_closes_the_row(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync(SimulatedFault.ServerErrorAfterEffect, "/v1/payment_intents");
        await rig.SpendAsync(600);

        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        await rig.MoveAsync();

        Assert.Equal(TopupStates.Succeeded, (await rig.LastReloadAsync()).State);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await AssertChargedAsync(rig, times: 1);
    }

    // Case 28 and 30.
    [Theory]
    [InlineData(SimulatedFault.KeyInUse)]
    [InlineData(SimulatedFault.RateLimited)]
    [InlineData(SimulatedFault.LockTimeout)]
    [InlineData(SimulatedFault.Down)]
    public async Task An_answer_that_only_says_not_now_is_asked_again_with_the_same_key(
        object fault
    )
    {
        await using var rig = await PaymentsRig.StartAsync(StoreKind.Sqlite);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync((SimulatedFault)fault, "/v1/payment_intents", times: 4);
        await rig.SpendAsync(600);

        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1400);
        Assert.Single(Charges(rig).Select(c => c.Key).Distinct());
        await AssertChargedAsync(rig, times: 1);
    }

    // Case 29.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_key_that_met_another_body_is_an_alarm_and_never_replaced(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        // A mistake of ours, planted: the row changes after its key was used.
        await rig.Store.Database.WriteAsync(c =>
            c.Execute("UPDATE topup SET cents = 2500 WHERE kind = 'auto'")
        );

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
        Assert.Single(Charges(rig).Select(c => c.Key).Distinct());
    }

    // A charge of which nobody heard for a day: the key may be forgotten, so it is searched.
    [Theory]
    [MemberData(nameof(All))]
    public async Task After_a_day_without_answer_the_charge_is_searched_and_never_made_again(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
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
        await AssertChargedAsync(rig, times: 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task After_a_day_without_answer_and_without_a_charge_another_attempt_is_made(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        rig.Clock.Advance(TimeSpan.FromHours(25));

        await rig.WorkAsync();
        await rig.WorkAsync();

        await rig.AssertBalanceAsync(1400);
        await AssertChargedAsync(rig, times: 1);
        Assert.Contains(Findings.ChargeSearched, await rig.FindingsAsync());
    }

    // Case 31.
    [Theory]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(StoreKind.Postgres)]
    public async Task Five_hundred_settlements_on_two_nodes_across_the_threshold_are_one_charge(
        StoreKind kind
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind);
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
        Assert.Equal(1, Charges(rig).Count() + Charges(second).Count());
        await AssertChargedAsync(rig, times: 1);
        await rig.AssertBalanceAsync(1500);
    }

    // Case 40.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_revoked_secret_key_rests_all_calls_and_tells_the_operator(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
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
        Assert.True((await rig.SettingsAsync()).Enabled);
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
    }

    private static IEnumerable<SentCall> Charges(PaymentsRig rig) =>
        rig.Wire.Calls.Where(c => c is { Path: "/v1/payment_intents", Method: "POST" });

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

    // At the provider, which is the side that counts.
    private static Task AssertChargedAsync(PaymentsRig rig, int times) =>
        rig.AtBankAsync(books =>
            Assert.Equal(
                times,
                books
                    .All("payment_intent")
                    .Count(p =>
                        p.Text("status") == "succeeded" && p["metadata"]!["reload"] is not null
                    )
            )
        );
}
