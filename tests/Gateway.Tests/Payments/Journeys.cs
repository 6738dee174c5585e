using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Ledger;

namespace Arda.Gateway.Tests.Payments;

/// <summary>What people do, step by step.</summary>
internal static class Journeys
{
    public const string Visa = "4242424242424242";
    public const string Consent = "I agree that my card is charged when my balance is low.";

    public static readonly PageReturns Returns = new(
        "http://localhost:8787/billing/done?session_id={CHECKOUT_SESSION_ID}",
        "http://localhost:8787/billing"
    );

    public static async Task<PaymentPage> OpenTopupAsync(
        this PaymentsRig rig,
        long cents = 1000,
        bool saveCard = false
    )
    {
        var opened = await rig.Get<Topups>()
            .OpenAsync(rig.Project, cents, saveCard, Returns, PaymentsRig.Ct);
        Assert.False(opened.Denied(out var denial, out var page), $"denied: {denial}");
        return page!;
    }

    /// <summary>Of the provider's page behind it.</summary>
    public static string SessionId(this PaymentPage page) =>
        page.Url[(page.Url.LastIndexOf('/') + 1)..];

    /// <summary>A page that was paid; nobody has come back from it yet.</summary>
    public static async Task<PaymentPage> PaidPageAsync(this PaymentsRig rig, long cents = 1000)
    {
        var page = await rig.OpenTopupAsync(cents);
        Assert.Equal(PayStep.Done, (await rig.PayAsync(page)).Step);
        return page;
    }

    /// <summary>Presses "pay" on the hosted page.</summary>
    public static Task<Paid> PayAsync(
        this PaymentsRig rig,
        PaymentPage page,
        string card = Visa,
        bool? bankSays = null
    ) =>
        rig.Provider.RunAsync(books =>
            SimulatedPageActs.Pay(books, page.SessionId(), SimulatedCards.Find(card)!, bankSays)
        );

    public static async Task<Topup> ReturnAsync(this PaymentsRig rig, PaymentPage page) =>
        (await rig.Get<Topups>().ReturnedAsync(rig.Project, page.Id, PaymentsRig.Ct))!;

    /// <summary>A balance of so many cents, paid by card; the card is saved if that is
    /// asked.</summary>
    public static async Task<Topup> FundAsync(
        this PaymentsRig rig,
        long cents = 1000,
        bool saveCard = false,
        string card = Visa
    )
    {
        var page = await rig.OpenTopupAsync(cents, saveCard);
        var paid = await rig.PayAsync(page, card);
        if (paid.Step is PayStep.AskBank)
        {
            paid = await rig.PayAsync(page, card, bankSays: true);
        }

        Assert.Equal(PayStep.Done, paid.Step);
        var topup = await rig.ReturnAsync(page);
        Assert.Equal(TopupStates.Succeeded, topup.State);
        await rig.MoveAsync();
        return topup;
    }

    /// <summary>Saved card, balance of 10 USD, reload of 10 USD below 5, at most 40 in a
    /// month.</summary>
    public static async Task<Topup> WithAutoReloadAsync(
        this PaymentsRig rig,
        string card = Visa,
        long cap = 4000
    )
    {
        var topup = await rig.FundAsync(1000, saveCard: true, card);
        Assert.Null(await rig.Get<AutoReloads>().TurnOnAsync(rig.Project, 500, 1000, cap, Consent));
        return topup;
    }

    public static async Task SpendAsync(this PaymentsRig rig, long cents)
    {
        var payer = rig.Payer();
        var amount = cents * NanoUsd.PerCent;
        var held = await rig.Get<SpendLedger>()
            .HoldAsync(Money.Request(payer, amount), PaymentsRig.Ct);
        Assert.False(held.Denied(out var denial, out var hold), $"denied: {denial}");
        await Money.SettleAsync(hold!, amount);
    }

    public static async Task<Denial?> DenialAsync(this PaymentsRig rig, long cents = 1)
    {
        var request = Money.Request(rig.Payer(), cents * NanoUsd.PerCent);
        var held = await rig.Get<SpendLedger>().HoldAsync(request, PaymentsRig.Ct);
        if (held.Denied(out var denial, out var hold))
        {
            return denial;
        }

        await Money.SettleAsync(hold, 0);
        return null;
    }

    public static Payer Payer(this PaymentsRig rig) =>
        new() { Project = rig.Project, Key = KeyId.New() };

    public static async Task<Topup> LastReloadAsync(this PaymentsRig rig)
    {
        var all = await rig.Get<Topups>().ListAsync(rig.Project, PaymentsRig.Ct);
        return all.First(topup => topup.IsAuto);
    }

    public static async Task<AutoReload> SettingsAsync(this PaymentsRig rig) =>
        (await rig.Get<AutoReloads>().FindAsync(rig.Project, PaymentsRig.Ct))!;

    public static Task<PaymentStanding> StandingAsync(this PaymentsRig rig) =>
        rig.Get<PaymentStandings>().ReadAsync(rig.Project, PaymentsRig.Ct);

    public static Task<List<string>> MailsAsync(this PaymentsRig rig) =>
        rig.ReadAsync(c =>
            c.Query("SELECT kind FROM payment_mail ORDER BY at", r => r.GetString(0))
        );

    public static Task<List<string>> FindingsAsync(this PaymentsRig rig) =>
        rig.ReadAsync(c =>
            c.Query(
                "SELECT kind FROM payment_finding WHERE kind <> 'clock_skew'",
                r => r.GetString(0)
            )
        );

    public static Task<T> RowAsync<T>(
        this PaymentsRig rig,
        string id,
        string column,
        Func<System.Data.Common.DbDataReader, T> read
    ) =>
        rig.ReadAsync(c =>
            c.QueryOne($"SELECT {column} FROM topup WHERE id = @id", read, ("id", id))!
        );

    public static Task<string> PaymentOfAsync(this PaymentsRig rig, string topup) =>
        rig.RowAsync(topup, "payment", row => row.GetString(0));

    public static Task<string> ChargeOfAsync(this PaymentsRig rig, string topup) =>
        rig.RowAsync(topup, "charge", row => row.GetString(0));
}
