using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Auto-reload when nothing is lost on the way: cases 20 to 24 and 31 to 38.</summary>
public sealed class ReloadTests
{
    public static TheoryData<StoreKind, OtherSide> All => PaymentsRig.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_balance_below_the_threshold_is_reloaded_once_and_its_owner_told(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.SpendAsync(500);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(500);

        await rig.SpendAsync(1);
        await rig.MoveAsync();
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1499);
        Assert.Equal([PaymentMailKinds.Reloaded], await rig.MailsAsync());
        Assert.NotNull((await rig.LastReloadAsync()).ReceiptUrl);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Auto_reload_is_off_until_a_card_a_cap_and_consent_are_there(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var reloads = rig.Get<AutoReloads>();
        Assert.NotNull(await reloads.TurnOnAsync(rig.Project, 500, 1000, 4000, Journeys.Consent));
        await rig.FundAsync(1000, saveCard: true);
        Assert.NotNull(await reloads.TurnOnAsync(rig.Project, 500, 1000, 999, Journeys.Consent));
        Assert.NotNull(await reloads.TurnOnAsync(rig.Project, 500, 1000, 4000, " "));
        Assert.NotNull(await reloads.TurnOnAsync(rig.Project, 500, 1001, 4000, Journeys.Consent));
        Assert.NotNull(await reloads.TurnOnAsync(rig.Project, 99, 1000, 4000, Journeys.Consent));
        Assert.Null(await reloads.FindAsync(rig.Project, PaymentsRig.Ct));

        await rig.SpendAsync(900);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(100);

        // Turned on below the threshold it reloads at once.
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 500, 1000, 4000, Journeys.Consent));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1100);
    }

    // Case 20.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_decline_is_tried_three_times_over_a_day_and_then_it_is_off(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync("4000000000000341");
        await rig.SpendAsync(600);

        await rig.MoveAsync();
        Assert.Equal(1, Charges(rig));
        Assert.Equal(PaymentStanding.Declined, await rig.StandingAsync());
        await AdvanceAsync(rig, TimeSpan.FromMinutes(59), charges: 1);
        await AdvanceAsync(rig, TimeSpan.FromMinutes(2), charges: 2);
        await AdvanceAsync(rig, TimeSpan.FromHours(23), charges: 2);
        await rig.SpendAsync(100);
        await AdvanceAsync(rig, TimeSpan.FromHours(2), charges: 3);
        await AdvanceAsync(rig, TimeSpan.FromDays(3), charges: 3);

        var settings = await rig.SettingsAsync();
        Assert.False(settings.Enabled);
        Assert.Equal(ReloadOffReasons.CardDeclined, settings.OffReason);
        Assert.Equal(
            [
                PaymentMailKinds.ReloadDeclined,
                PaymentMailKinds.ReloadDeclined,
                PaymentMailKinds.ReloadOff,
            ],
            await rig.MailsAsync()
        );
        Assert.Equal(TopupStates.Failed, (await rig.LastReloadAsync()).State);
        // Each failed payment is cancelled, and each attempt had a key of its own.
        Assert.Equal(3, rig.Wire.Calls.Count(c => c.Path.EndsWith("/cancel", Ordinal)));
        Assert.Equal(3, ChargeKeys(rig).Distinct().Count());
        await rig.AssertBalanceAsync(300);
    }

    // Case 21.
    [Theory]
    [MemberData(nameof(All))]
    public async Task Too_little_money_on_the_card_waits_a_day_first(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await DeclineAsync(rig, "card_declined", "insufficient_funds");
        await rig.SpendAsync(600);

        await rig.MoveAsync();
        await AdvanceAsync(rig, TimeSpan.FromHours(23), charges: 1);
        await AdvanceAsync(rig, TimeSpan.FromHours(2), charges: 2);

        await rig.AssertBalanceAsync(1400);
        Assert.True((await rig.SettingsAsync()).Enabled);
    }

    // Case 22 and 23.
    [Theory]
    [InlineData("card_declined", "lost_card", null, ReloadOffReasons.CardRefused)]
    [InlineData("card_declined", "stolen_card", null, ReloadOffReasons.CardRefused)]
    [InlineData("card_declined", "fraudulent", null, ReloadOffReasons.CardRefused)]
    [InlineData("card_declined", "generic_decline", "do_not_try_again", "card_refused")]
    [InlineData("expired_card", null, null, ReloadOffReasons.NewCardNeeded)]
    [InlineData("incorrect_cvc", null, null, ReloadOffReasons.NewCardNeeded)]
    [InlineData("card_declined", "generic_decline", "confirm_card_data", "new_card_needed")]
    public async Task A_card_that_must_not_be_tried_again_ends_auto_reload_at_once(
        string code,
        string? declineCode,
        string? advice,
        string reason
    )
    {
        await using var rig = await PaymentsRig.StartAsync(StoreKind.Sqlite);
        await rig.WithAutoReloadAsync();
        await DeclineAsync(rig, code, declineCode, advice, times: 9);
        await rig.SpendAsync(600);

        await rig.MoveAsync();
        await AdvanceAsync(rig, TimeSpan.FromDays(3), charges: 1);

        Assert.Equal(reason, (await rig.SettingsAsync()).OffReason);
        Assert.Equal([PaymentMailKinds.ReloadOff], await rig.MailsAsync());
        var words = (await rig.LastReloadAsync()).Failure!;
        Assert.DoesNotContain("stolen", words, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("fraud", words, StringComparison.OrdinalIgnoreCase);
    }

    // Case 23.
    [Theory]
    [MemberData(nameof(All))]
    public async Task An_owner_is_warned_before_the_card_expires(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.MoveAsync();
        Assert.Empty(await rig.MailsAsync());

        rig.Clock.Advance(
            new DateTimeOffset(2029, 12, 5, 0, 0, 0, default) - rig.Clock.GetUtcNow()
        );
        await rig.MoveAsync();
        Assert.Equal([PaymentMailKinds.CardExpires], await rig.MailsAsync());

        rig.Clock.Advance(TimeSpan.FromDays(30));
        await rig.SpendAsync(600);
        await rig.MoveAsync();
        Assert.Equal(ReloadOffReasons.CardExpired, (await rig.SettingsAsync()).OffReason);
        Assert.Equal(PaymentStanding.CardMissing, await rig.StandingAsync());
        Assert.Equal(0, Charges(rig));
    }

    // Case 24.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_bank_that_asks_for_the_owner_waits_for_a_payment_by_hand(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync("4000002760003184");
        await rig.SpendAsync(1000);

        await rig.MoveAsync();
        await AdvanceAsync(rig, TimeSpan.FromDays(2), charges: 1);

        Assert.Equal(TopupStates.NeedsAction, (await rig.LastReloadAsync()).State);
        Assert.Equal([PaymentMailKinds.ActionNeeded], await rig.MailsAsync());
        Assert.Equal(PaymentStanding.ActionRequired, await rig.StandingAsync());
        var denial = PaymentStandings.DenialOf(PaymentStanding.ActionRequired, default, default);
        Assert.IsType<Denial.PaymentActionRequired>(denial);

        await rig.FundAsync(1000, saveCard: true);
        await rig.AssertBalanceAsync(1000);
        Assert.Equal(PaymentStanding.Plain, await rig.StandingAsync());
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.SpendAsync(600);
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
    }

    // Case 32.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_reload_that_is_open_lets_no_other_one_begin(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await DeclineAsync(rig, "card_declined", "generic_decline");
        await rig.SpendAsync(600);
        await rig.MoveAsync();

        await rig.SpendAsync(100);
        await rig.MoveAsync();
        Assert.IsType<Denial.TopupInProgress>(
            PaymentStandings.DenialOf(PaymentStanding.ReloadRunning, default, default)
        );

        Assert.Equal(1, await rig.CountAsync("topup", "kind = 'auto'"));
        Assert.Equal(1, Charges(rig));
    }

    // Case 33.
    [Theory]
    [MemberData(nameof(All))]
    public async Task The_monthly_cap_ends_reloads_until_the_next_month(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync(cap: 2500);
        await SpendAndMoveAsync(rig, 600);
        await SpendAndMoveAsync(rig, 1000);
        await rig.AssertBalanceAsync(1400);

        await SpendAndMoveAsync(rig, 1000);
        await rig.AssertBalanceAsync(400);
        Assert.Equal(PaymentStanding.CapReached, await rig.StandingAsync());
        Assert.Equal(1, (await rig.MailsAsync()).Count(m => m == PaymentMailKinds.Cap80));
        Assert.Equal(1, (await rig.MailsAsync()).Count(m => m == PaymentMailKinds.Cap100));

        rig.Clock.Advance(TimeSpan.FromDays(31));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
    }

    // Case 34.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_cap_that_is_lowered_lets_the_running_reload_end_and_no_next_begin(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        Assert.Equal(PaymentStanding.ReloadRunning, await rig.StandingAsync());
        var reloads = rig.Get<AutoReloads>();
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 500, 1000, 1000, Journeys.Consent));

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await SpendAndMoveAsync(rig, 1000);

        await rig.AssertBalanceAsync(400);
    }

    // Case 35 and 36.
    [Theory]
    [MemberData(nameof(All))]
    public async Task Switched_off_or_without_its_card_a_running_charge_counts_and_is_the_last(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        Assert.Null(await rig.Get<Cards>().RemoveAsync(rig.Project, PaymentsRig.Ct));
        Assert.Equal(ReloadOffReasons.CardRemoved, (await rig.SettingsAsync()).OffReason);

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await SpendAndMoveAsync(rig, 1200);

        await rig.AssertBalanceAsync(200);
        Assert.Equal(PaymentStanding.CardMissing, await rig.StandingAsync());
    }

    // Case 37.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_customer_deleted_in_the_dashboard_ends_reloads_and_is_made_anew(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        var card = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        await rig.AtBankAsync(books => SimulatedCharges.DeleteCustomer(books, card!.Customer));

        await rig.MoveAsync();
        Assert.Equal(ReloadOffReasons.CustomerDeleted, (await rig.SettingsAsync()).OffReason);
        await rig.FundAsync(500, saveCard: true);

        var next = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        Assert.NotEqual(card!.Customer, next!.Customer);
        await rig.AssertBalanceAsync(1500);
    }

    // Case 37, before its event arrives.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_reload_for_a_customer_that_is_gone_ends_auto_reload(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 100 });
        var card = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        await rig.AtBankAsync(books => SimulatedCharges.DeleteCustomer(books, card!.Customer));
        await rig.SpendAsync(600);

        await rig.MoveAsync();

        Assert.Equal(ReloadOffReasons.CustomerDeleted, (await rig.SettingsAsync()).OffReason);
        Assert.Equal(TopupStates.Failed, (await rig.LastReloadAsync()).State);
    }

    // Case 38.
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_reload_that_is_too_small_is_followed_by_one_more_in_each_interval(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        var reloads = rig.Get<AutoReloads>();
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 1600, 500, 4000, Journeys.Consent));

        await rig.MoveAsync();
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1500);
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        await rig.MoveAsync();
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(2000);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static int Charges(PaymentsRig rig) => ChargeKeys(rig).Count();

    private static IEnumerable<string> ChargeKeys(PaymentsRig rig) =>
        rig.Wire.Calls.Where(c => c is { Path: "/v1/payment_intents" }).Select(c => c.Key!);

    private static async Task AdvanceAsync(PaymentsRig rig, TimeSpan by, int charges)
    {
        rig.Clock.Advance(by);
        await rig.MoveAsync();
        Assert.Equal(charges, Charges(rig));
    }

    private static async Task SpendAndMoveAsync(PaymentsRig rig, long cents)
    {
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.SpendAsync(cents);
        await rig.MoveAsync();
    }

    private static Task DeclineAsync(
        PaymentsRig rig,
        string code,
        string? declineCode,
        string? advice = null,
        int times = 1
    ) => rig.SwitchAsync(new SimulatedSwitches { Decline = new(code, declineCode, advice, times) });
}
