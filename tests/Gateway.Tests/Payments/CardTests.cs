using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Saved cards: one counts, and what it replaces can never be charged again.</summary>
public sealed class CardTests : PaymentTests
{
    private const string OnceAsked = "4000002500003155";
    private const string AlwaysAsked = "4000002760003184";

    [Theory]
    [PaymentCase(18)]
    [MemberData(nameof(All))]
    public async Task A_card_that_the_bank_does_not_confirm_leaves_the_old_one(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.FundAsync(saveCard: true);
        var old = await CardAsync(rig);
        var setup = await OpenSetupAsync(rig);

        await rig.PayAsync(setup, OnceAsked, bankSays: false);
        await rig.MoveAsync();
        var card = await rig.Get<CardSetups>().ReturnedAsync(rig.Project, setup.Id, PaymentsRig.Ct);

        Assert.Equal(old, card);
        Assert.Equal(old.Id, await DefaultCardAsync(rig, old.Customer));
        Assert.Equal([old.Id], await AttachedAsync(rig));
    }

    [Theory]
    [PaymentCase(19)]
    [MemberData(nameof(All))]
    public async Task Two_cards_saved_at_once_leave_one_customer_and_the_last_card(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var pages = await Task.WhenAll(OpenSetupAsync(rig), OpenSetupAsync(rig));
        await rig.PayAsync(pages[0]);
        await rig.MoveAsync();
        await rig.PayAsync(pages[1], OnceAsked, bankSays: true);
        await rig.MoveAsync();

        var card = await CardAsync(rig);
        Assert.Equal("3155", card.Last4);
        Assert.Equal(1, await rig.CountAsync("payment_customer", "customer IS NOT NULL"));
        Assert.Equal(card.Id, await DefaultCardAsync(rig, card.Customer));
        Assert.Equal([card.Id], await AttachedAsync(rig));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_replaced_card_is_taken_away_from_the_provider_and_reloads_go_on(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await ReplaceAsync(rig);
        await rig.MoveAsync();

        var card = await CardAsync(rig);
        Assert.Equal([card.Id], await AttachedAsync(rig));
        Assert.True((await rig.SettingsAsync()).Enabled);
        await rig.SpendAndMoveAsync(600);
        await rig.AssertBalanceAsync(1400);
        Assert.Contains(
            $"payment_method={card.Id}",
            rig.Charges()[0].Form,
            StringComparison.Ordinal
        );
        Assert.Equal([PaymentMailKinds.Reloaded], await rig.MailsAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_card_replaced_while_the_provider_is_away_is_taken_away_later(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        await rig.TroubleAsync(SimulatedFault.Down, "/detach", times: 6);
        await ReplaceAsync(rig);
        await rig.WorkAsync();
        Assert.Equal(2, (await AttachedAsync(rig)).Count);

        for (var minute = 0; minute < 6; minute++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await rig.MoveAsync();
        }

        Assert.Equal([(await CardAsync(rig)).Id], await AttachedAsync(rig));
        Assert.Equal(0, await rig.CountAsync("replaced_card"));
    }

    [Theory]
    [PaymentCase(36)]
    [MemberData(nameof(All))]
    public async Task A_charge_that_runs_keeps_the_replaced_card_until_it_is_over(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.ReloadingAsync(kind, other);
        // Nothing reached the provider, so the same key must still find the card that it names.
        await rig.TroubleAsync(SimulatedFault.Down, "/v1/payment_intents", times: 3);
        await rig.SpendAsync(600);
        await rig.WorkAsync();
        Assert.Equal(TopupStates.Unknown, (await rig.LastReloadAsync()).State);
        await ReplaceAsync(rig);
        await rig.WorkAsync();
        Assert.Equal(2, (await AttachedAsync(rig)).Count);

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.MoveAsync();
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1400);
        await rig.AssertChargedOnceAsync();
        Assert.Equal([(await CardAsync(rig)).Id], await AttachedAsync(rig));
        Assert.True((await rig.SettingsAsync()).Enabled);
    }

    [Theory]
    [PaymentCase(24)]
    [MemberData(nameof(All))]
    public async Task A_saved_card_pays_on_the_page_without_being_typed(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.WithAutoReloadAsync(AlwaysAsked);
        await rig.SpendAndMoveAsync(600);
        Assert.Equal(PaymentStanding.ActionRequired, await rig.StandingAsync());
        var page = await rig.OpenTopupAsync();

        Assert.Equal(PayStep.AskBank, (await PaySavedAsync(rig, page, bankSays: null)).Step);
        Assert.Equal(PayStep.Declined, (await PaySavedAsync(rig, page, bankSays: false)).Step);
        Assert.Equal(PayStep.Done, (await PaySavedAsync(rig, page, bankSays: true)).Step);
        await rig.MoveAsync();

        await rig.AssertBalanceAsync(1400);
        Assert.Equal(PaymentStanding.Plain, await rig.StandingAsync());
        Assert.Equal([(await CardAsync(rig)).Id], await AttachedAsync(rig));
    }

    private static Task<Paid> PaySavedAsync(PaymentsRig rig, PaymentPage page, bool? bankSays) =>
        rig.Provider.RunAsync(books =>
        {
            var saved = Assert.Single(
                SimulatedPageActs.SavedCards(books, books.Find(page.SessionId())!)
            );
            var card = SimulatedCards.Find(books.CardOf(saved.Text("id")))!;
            return SimulatedPageActs.Pay(books, page.SessionId(), card, bankSays, saved);
        });

    // As its owner does it: another card is saved on the provider's page.
    private static async Task ReplaceAsync(PaymentsRig rig)
    {
        var setup = await OpenSetupAsync(rig);
        await rig.PayAsync(setup, OnceAsked, bankSays: true);
        var card = await rig.Get<CardSetups>().ReturnedAsync(rig.Project, setup.Id, PaymentsRig.Ct);
        Assert.Equal("3155", card?.Last4);
    }

    private static async Task<PaymentPage> OpenSetupAsync(PaymentsRig rig)
    {
        var opened = await rig.Get<CardSetups>()
            .OpenAsync(rig.Project, Journeys.Returns, PaymentsRig.Ct);
        Assert.False(opened.Denied(out _, out var page));
        return page!;
    }

    private static async Task<SavedCard> CardAsync(PaymentsRig rig) =>
        (await rig.Get<Cards>().FindAsync(rig.Project, PaymentsRig.Ct))!;

    private static Task<List<string>> AttachedAsync(PaymentsRig rig) =>
        rig.Provider.RunAsync(books =>
            books
                .All("payment_method")
                .Where(method => method.TextOrNull("customer") is not null)
                .Select(method => method.Text("id"))
                .ToList()
        );

    private static Task<string> DefaultCardAsync(PaymentsRig rig, string customer) =>
        rig.Provider.RunAsync(books =>
            books.Find(customer)!["invoice_settings"]!.AsObject().Text("default_payment_method")
        );
}
