using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Auto-reload when nothing is lost on the way: cases 20 to 24 and 31 to 38.</summary>
public sealed class ReloadTests : PaymentTests
{
    [Theory]
    [MemberData(nameof(All))]
    public async Task A_balance_below_the_threshold_is_reloaded_once_and_its_owner_told(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
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

    [Theory]
    [PaymentCase(20)]
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
        Assert.Single(rig.Charges());
        Assert.Equal(PaymentStanding.Declined, await rig.StandingAsync());
        await rig.AdvanceAsync(TimeSpan.FromMinutes(59), charges: 1);
        await rig.AdvanceAsync(TimeSpan.FromMinutes(2), charges: 2);
        await rig.AdvanceAsync(TimeSpan.FromHours(23), charges: 2);
        await rig.SpendAsync(100);
        await rig.AdvanceAsync(TimeSpan.FromHours(2), charges: 3);
        await rig.AdvanceAsync(TimeSpan.FromDays(3), charges: 3);

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
        Assert.Equal(
            3,
            rig.Wire.Calls.Count(c => c.Path.EndsWith("/cancel", StringComparison.Ordinal))
        );
        Assert.Equal(3, rig.Charges().Select(call => call.Key).Distinct().Count());
        await rig.AssertBalanceAsync(300);
    }

    [Theory]
    [PaymentCase(21)]
    [MemberData(nameof(All))]
    public async Task Too_little_money_on_the_card_waits_a_day_first(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.DeclineAsync("card_declined", "insufficient_funds");
        await rig.SpendAsync(600);

        await rig.MoveAsync();
        await rig.AdvanceAsync(TimeSpan.FromHours(23), charges: 1);
        await rig.AdvanceAsync(TimeSpan.FromHours(2), charges: 2);

        await rig.AssertBalanceAsync(1400);
        Assert.True((await rig.SettingsAsync()).Enabled);
    }

    /// <summary>Code, decline code and advice of the provider, and what it means.</summary>
    public static TheoryData<StoreKind, OtherSide, string> Finals =>
        AllWith(
            "card_declined lost_card - card_refused",
            "card_declined stolen_card - card_refused",
            "card_declined fraudulent - card_refused",
            "card_declined generic_decline do_not_try_again card_refused",
            "expired_card - - new_card_needed",
            "incorrect_cvc - - new_card_needed",
            "card_declined generic_decline confirm_card_data new_card_needed"
        );

    [Theory]
    [PaymentCase(22, 23)]
    [MemberData(nameof(Finals))]
    public async Task A_card_that_must_not_be_tried_again_ends_auto_reload_at_once(
        StoreKind kind,
        OtherSide other,
        string decline
    )
    {
        string?[] parts = [.. decline.Split(' ').Select(part => part == "-" ? null : part)];
        var reason = parts[3];
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.DeclineAsync(parts[0]!, parts[1], parts[2], times: 9);
        await rig.SpendAsync(600);

        await rig.MoveAsync();
        await rig.AdvanceAsync(TimeSpan.FromDays(3), charges: 1);

        Assert.Equal(reason, (await rig.SettingsAsync()).OffReason);
        Assert.Equal([PaymentMailKinds.ReloadOff], await rig.MailsAsync());
        var words = (await rig.LastReloadAsync()).Failure!;
        Assert.DoesNotContain("stolen", words, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("fraud", words, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [PaymentCase(23)]
    [MemberData(nameof(All))]
    public async Task An_owner_is_warned_before_the_card_expires(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
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
        Assert.Empty(rig.Charges());
    }

    [Theory]
    [PaymentCase(24)]
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
        await rig.AdvanceAsync(TimeSpan.FromDays(2), charges: 1);

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

    [Theory]
    [PaymentCase(32)]
    [MemberData(nameof(All))]
    public async Task A_reload_that_is_open_lets_no_other_one_begin(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.DeclineAsync("card_declined", "generic_decline");
        await rig.SpendAsync(600);
        await rig.MoveAsync();

        await rig.SpendAsync(100);
        await rig.MoveAsync();
        Assert.IsType<Denial.TopupInProgress>(
            PaymentStandings.DenialOf(PaymentStanding.ReloadRunning, default, default)
        );

        Assert.Equal(1, await rig.CountAsync("topup", "kind = 'auto'"));
        Assert.Single(rig.Charges());
    }

    [Theory]
    [PaymentCase(33)]
    [MemberData(nameof(All))]
    public async Task The_monthly_cap_ends_reloads_until_the_next_month(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync(cap: 2500);
        await rig.SpendAndMoveAsync(600);
        await rig.SpendAndMoveAsync(1000);
        await rig.AssertBalanceAsync(1400);

        await rig.SpendAndMoveAsync(1000);
        await rig.AssertBalanceAsync(400);
        Assert.Equal(PaymentStanding.CapReached, await rig.StandingAsync());
        Assert.Equal(1, (await rig.MailsAsync()).Count(m => m == PaymentMailKinds.Cap80));
        Assert.Equal(1, (await rig.MailsAsync()).Count(m => m == PaymentMailKinds.Cap100));

        rig.Clock.Advance(TimeSpan.FromDays(31));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
    }

    [Theory]
    [PaymentCase(34)]
    [MemberData(nameof(All))]
    public async Task A_cap_that_is_lowered_lets_the_running_reload_end_and_no_next_begin(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.LoseChargeAsync();
        Assert.Equal(PaymentStanding.ReloadRunning, await rig.StandingAsync());
        var reloads = rig.Get<AutoReloads>();
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 500, 1000, 1000, Journeys.Consent));

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await rig.SpendAndMoveAsync(1000);

        await rig.AssertBalanceAsync(400);
    }

    [Theory]
    [PaymentCase(35)]
    [MemberData(nameof(All))]
    public async Task Switched_off_a_running_charge_counts_and_is_the_last(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        // Nobody tells of it: the charge is only found because its key is sent again.
        await rig.LoseChargeAsync(lostEvents: 10);
        await rig.Get<AutoReloads>().TurnOffAsync(rig.Project);

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await rig.SpendAndMoveAsync(1200);
        await rig.AdvanceAsync(TimeSpan.FromDays(2), rig.Charges().Count);

        await rig.AssertBalanceAsync(200);
        await rig.AssertChargedOnceAsync();
        Assert.Equal(ReloadOffReasons.ByUser, (await rig.SettingsAsync()).OffReason);
        // Who turned it off need not be told of it.
        Assert.DoesNotContain(PaymentMailKinds.ReloadOff, await rig.MailsAsync());
    }

    [Theory]
    [PaymentCase(36)]
    [MemberData(nameof(All))]
    public async Task Without_its_card_a_running_charge_counts_and_is_the_last(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.LoseChargeAsync(lostEvents: 10);
        Assert.Null(await rig.Get<Cards>().RemoveAsync(rig.Project, PaymentsRig.Ct));
        Assert.Equal(ReloadOffReasons.CardRemoved, (await rig.SettingsAsync()).OffReason);

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1400);
        await rig.SpendAndMoveAsync(1200);

        await rig.AssertBalanceAsync(200);
        Assert.Equal(PaymentStanding.CardMissing, await rig.StandingAsync());
    }

    [Theory]
    [PaymentCase(37)]
    [MemberData(nameof(All))]
    public async Task A_customer_deleted_in_the_dashboard_ends_reloads_and_is_made_anew(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        var card = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        await rig.AtBankAsync(books => SimulatedCharges.DeleteCustomer(books, card!.Customer));

        await rig.MoveAsync();
        Assert.Equal(ReloadOffReasons.CustomerDeleted, (await rig.SettingsAsync()).OffReason);
        await rig.FundAsync(500, saveCard: true);

        var next = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        Assert.NotEqual(card!.Customer, next!.Customer);
        await rig.AssertBalanceAsync(1500);
    }

    // Before its event arrives.
    [Theory]
    [PaymentCase(37)]
    [MemberData(nameof(All))]
    public async Task A_reload_for_a_customer_that_is_gone_ends_auto_reload(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.SwitchAsync(new SimulatedSwitches { Lost = 100 });
        var card = await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct);
        await rig.AtBankAsync(books => SimulatedCharges.DeleteCustomer(books, card!.Customer));
        await rig.SpendAsync(600);

        await rig.MoveAsync();

        Assert.Equal(ReloadOffReasons.CustomerDeleted, (await rig.SettingsAsync()).OffReason);
        Assert.Equal(TopupStates.Failed, (await rig.LastReloadAsync()).State);
    }

    [Theory]
    [PaymentCase(38)]
    [MemberData(nameof(All))]
    public async Task A_reload_that_is_too_small_is_followed_by_one_more_in_each_interval(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        var reloads = rig.Get<AutoReloads>();
        Assert.Null(await reloads.TurnOnAsync(rig.Project, 1600, 500, 4000, Journeys.Consent));

        await rig.MoveAsync();
        await rig.MoveAsync();
        await rig.AssertBalanceAsync(1500);
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        await rig.MoveAsync();
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(2000);
        // What is still too little is denied, with what is missing: nothing is reloaded for it.
        var denial = Assert.IsType<Denial.InsufficientBalance>(await rig.DenialAsync(3000));
        Assert.Equal(NanoUsd.FromCents(1000), denial.Required - denial.Balance);
        Assert.Equal(2, rig.Charges().Count);
    }
}
