using Arda.Gateway.Http;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Payments;

/// <summary>
/// The seam, act by act, on both sides: the same requests, checked against the provider's document,
/// bring the same answers.
/// </summary>
public sealed class ContractTests : PaymentTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_same_key_brings_the_same_customer_and_another_body_an_error(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var client = rig.Get<StripeClient>();

        var a = await client.EnsureCustomerAsync("cus:x", "x", "a@example.com", Ct);
        var b = await client.EnsureCustomerAsync("cus:x", "x", "a@example.com", Ct);
        var c = await client.EnsureCustomerAsync("cus:x", "x", "b@example.com", Ct);

        Assert.Equal(a.ValueOrNull, b.ValueOrNull);
        var refused = Assert.IsType<StripeAnswer<string>.Refused>(c);
        Assert.True(refused.Error.IsKeyReused);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_is_not_there_is_missing_and_what_is_lost_is_unknown(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var client = rig.Get<StripeClient>();
        Assert.True((await client.GetPaymentAsync("pi_none", Ct)).IsMissing);
        Assert.True((await client.GetDisputeAsync("dp_none", Ct)).IsMissing);

        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/customers", times: 3);
        var lost = await client.EnsureCustomerAsync("cus:y", "y", null, Ct);
        Assert.IsType<StripeAnswer<string>.Unknown>(lost);
        Assert.Equal(3, rig.Wire.Calls.Count(call => call.Key == "cus:y"));
        var found = await client.EnsureCustomerAsync("cus:y", "y", null, Ct);

        Assert.NotNull(found.ValueOrNull);
        await rig.AtBankAsync(books => Assert.Single(books.All("customer")));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_card_is_saved_charged_and_detached(StoreKind kind, OtherSide other)
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        await rig.FundAsync(1000, saveCard: true);
        var client = rig.Get<StripeClient>();
        var card = (await rig.Get<Cards>().FindAsync(rig.Project, Ct))!;
        Assert.Equal("4242", (await client.GetCardAsync(card.Id, Ct)).ValueOrNull?.Last4);

        var charged = await client.ChargeSavedAsync("k1", ChargeOf(rig, card), Ct);
        Assert.Equal("succeeded", charged.ValueOrNull?.Status);
        Assert.Equal(59, charged.ValueOrNull?.Charge?.Fee);
        Assert.NotNull((await client.DetachCardAsync(card.Id, Ct)).ValueOrNull);

        var refused = await client.ChargeSavedAsync("k2", ChargeOf(rig, card), Ct);
        Assert.IsType<StripeAnswer<StripePayment>.Refused>(refused);
    }

    // What "completed Express payouts" means.
    [Theory]
    [PaymentCase(50, 52, 53, 57)]
    [MemberData(nameof(All))]
    public async Task A_payee_is_complete_when_money_can_really_reach_it(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var client = rig.Get<StripeClient>();
        var made = await client.CreatePayeeAsync(Wish("r@example.com"), Ct);
        var payee = made.ValueOrNull!;
        Assert.False(payee.IsComplete);
        var link = await client.PayeeLinkAsync(
            "link:1",
            payee.Id,
            "http://localhost:8787/again",
            "http://localhost:8787/back",
            Ct
        );
        Assert.Contains(payee.Id, link.ValueOrNull, StringComparison.Ordinal);
        Assert.IsType<StripeAnswer<StripeTransfer>.Refused>(await Transfer("b0", 100));

        await rig.AtBankAsync(books => SimulatedConnect.Onboard(books, payee.Id, isWhole: false));
        Assert.False((await client.GetPayeeAsync(payee.Id, Ct)).ValueOrNull!.IsComplete);
        await rig.AtBankAsync(books => SimulatedConnect.Onboard(books, payee.Id, isWhole: true));
        Assert.True((await client.GetPayeeAsync(payee.Id, Ct)).ValueOrNull!.IsComplete);
        Assert.NotNull((await client.PayeeDashboardLinkAsync("d:1", payee.Id, Ct)).ValueOrNull);

        Task<StripeAnswer<StripeTransfer>> Transfer(string batch, long cents) =>
            client.TransferAsync(batch, payee.Id, cents, rig.Get<PaymentsOptions>().Currency, Ct);
    }

    [Theory]
    [PaymentCase(55, 56, 58)]
    [MemberData(nameof(All))]
    public async Task A_transfer_waits_for_money_is_made_once_and_can_be_reversed(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var client = rig.Get<StripeClient>();
        var currency = rig.Get<PaymentsOptions>().Currency;
        var made = await client.CreatePayeeAsync(Wish(null), Ct);
        var payee = made.ValueOrNull!.Id;
        await rig.AtBankAsync(books => SimulatedConnect.Onboard(books, payee, isWhole: true));
        var short_ = await client.TransferAsync("b1", payee, 500, currency, Ct);
        var why = Assert.IsType<StripeAnswer<StripeTransfer>.Refused>(short_);
        Assert.Equal("balance_insufficient", why.Error.Code);

        await rig.FundAsync(2500, card: "4000000000000077");
        Assert.Equal(2500 - 72 - 30, (await client.GetBalanceAsync(currency, Ct)).ValueOrNull);
        await rig.TroubleAsync(SimulatedFault.LostAfterEffect, "/v1/transfers", times: 3);
        var lost = await client.TransferAsync("b2", payee, 500, currency, Ct);
        Assert.IsType<StripeAnswer<StripeTransfer>.Unknown>(lost);
        var transfer = (await client.TransferAsync("b2", payee, 500, currency, Ct)).ValueOrNull!;

        var found = (await client.FindTransfersAsync("b2", Ct)).ValueOrNull!;
        Assert.Equal(transfer, Assert.Single(found));
        Assert.NotNull((await client.ReverseTransferAsync("v1", transfer.Id, 200, Ct)).ValueOrNull);
        var tooMuch = await client.ReverseTransferAsync("v2", transfer.Id, 301, Ct);
        Assert.IsType<StripeAnswer<string>.Refused>(tooMuch);
    }

    // And ledger case 69.
    [Theory]
    [PaymentCase(66)]
    [MemberData(nameof(All))]
    public async Task A_store_with_payments_of_one_provider_does_not_start_with_another(
        StoreKind kind,
        OtherSide other
    )
    {
        await using var rig = await PaymentsRig.StartAsync(kind, other);
        var own = rig.Get<PaymentsOptions>();
        var foreign = own with
        {
            Provider =
                other is OtherSide.Stripe ? PaymentProvider.Simulated : PaymentProvider.Stripe,
            SecretKey = "sk_live_1",
            Currency = other is OtherSide.Stripe ? "xts" : "usd",
        };
        // Nothing was paid yet: the operator may still choose.
        await new PaymentMode(rig.Store.Database, foreign).CheckAsync();
        await new PaymentMode(rig.Store.Database, own).CheckAsync();
        await rig.FundAsync();

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() =>
            new PaymentMode(rig.Store.Database, foreign).CheckAsync()
        );

        var began = other is OtherSide.Stripe ? "stripe test usd" : "simulated test xts";
        Assert.Contains(began, refusal.Message, StringComparison.Ordinal);
        await new PaymentMode(rig.Store.Database, own).CheckAsync();
    }

    [Fact]
    [PaymentCase(62)]
    public async Task A_clock_that_is_far_off_is_seen_by_the_providers_answers()
    {
        await using var rig = await PaymentsRig.StartAsync(StoreKind.Sqlite, OtherSide.Stripe);
        Assert.True((await rig.Get<PaymentHealth>().ReadAsync(Ct)).IsClockRight);

        // The provider's answers carry the real time; our clock stands in another month.
        await rig.Get<StripeClient>().GetBalanceAsync("usd", Ct);
        await rig.WorkAsync();

        var health = await rig.Get<PaymentHealth>().ReadAsync(Ct);
        Assert.False(health.IsClockRight);
        Assert.True(health.ClockSkew.Duration() > TimeSpan.FromDays(1));
        Assert.Contains(health.Findings, finding => finding.Kind == Findings.ClockSkew);
    }

    private static NewPayee Wish(string? email) =>
        new()
        {
            Key = "acct:usr_1",
            Owner = "usr_1",
            App = "gw_app_1",
            Country = "US",
            Email = email,
        };

    private static Arda.Gateway.Payments.Stripe.SavedCharge ChargeOf(
        PaymentsRig rig,
        SavedCard card
    ) =>
        new()
        {
            Reload = "rld_1",
            Customer = card.Customer,
            Card = card.Id,
            Cents = 1000,
            Currency = rig.Get<PaymentsOptions>().Currency,
            Description = "Test",
        };
}
