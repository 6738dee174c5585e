using System.Net;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>Adding money, the saved card, and giving money back.</summary>
public sealed class PortalMoneyTests
{
    private const string Home = PortalRig.Home;
    private const string Figure = "<span class=\"value money\"><span class=\"money\">";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Paying_brings_the_app_its_answer_and_the_balance_its_money_once()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        Assert.Equal(HttpStatusCode.PaymentRequired, (await rig.ChatAsync()).StatusCode);
        var link = await rig.LinkAsync(topupCents: 500);
        await PortalRig.FollowAsync(browser, link);

        await browser.SubmitAsync($"{Home}/topup?via={link.Id}", ("amount", "500"));
        var page = browser.Location;
        Assert.Contains("/simulated-stripe/checkout/", page, StringComparison.Ordinal);
        Assert.Equal(NanoUsd.Zero, await rig.BalanceAsync());
        await rig.PayAsync(page);
        await browser.OpenAsync(await rig.SuccessUrlAsync(page));

        Assert.Equal(
            $"https://margin.example/back?tab=2&portal_session={link.Id}&outcome=funded&state=s-1",
            browser.Location
        );
        Assert.Equal(NanoUsd.FromCents(500), await rig.BalanceAsync());
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync()).StatusCode);
        // The page may be loaded again and the webhook come as often as it likes.
        await browser.OpenAsync(await rig.SuccessUrlAsync(page));
        Assert.True(await rig.BalanceAsync() <= NanoUsd.FromCents(500));
    }

    [Fact]
    public async Task Only_the_amounts_on_sale_can_be_bought()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        foreach (var amount in (string[])["501", "-500", "5.00", "", "99999999999999999999"])
        {
            await browser.OpenAsync(Home + "/topup");
            var status = await browser.SubmitAsync(Home + "/topup", ("amount", amount));
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains("Choose one of the amounts", browser.Html, StringComparison.Ordinal);
        }

        Assert.Empty(await rig.Get<Topups>().ListAsync(rig.Project.Id, Ct));
    }

    [Fact]
    public async Task Leaving_the_payment_page_closes_it_so_that_no_other_tab_can_pay()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await browser.OpenAsync(Home + "/topup");
        await browser.SubmitAsync(Home + "/topup", ("amount", "1000"));
        var page = browser.Location;
        var topup = await rig.LastTopupAsync();

        await browser.OpenAsync($"{Home}/topup/{topup.Id}");
        Assert.Contains("Not paid yet", browser.Html, StringComparison.Ordinal);
        await browser.OpenAsync($"{Home}/topup/{topup.Id}/left");

        Assert.Contains("nothing was charged", browser.Html, StringComparison.Ordinal);
        Assert.Equal(PayStep.Closed, (await rig.PayAsync(page)).Step);
        Assert.Equal(TopupStates.Expired, (await rig.LastTopupAsync()).State);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_told_as_such_and_charges_nothing()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.SwitchAsync(
            new SimulatedSwitches { Troubles = [new(SimulatedFault.Down, "/v1/checkout", 9)] }
        );
        await browser.OpenAsync(Home + "/topup");
        var status = await browser.SubmitAsync(Home + "/topup", ("amount", "500"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("Payments are not available", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_balance_is_the_ledgers_at_this_moment_with_what_is_on_hold()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 1_000);
        var amount = 250 * NanoUsd.PerCent;
        var payer = new Payer { Project = rig.Project.Id, Key = KeyId.New() };
        var held = await rig.Get<SpendLedger>()
            .HoldAsync(Tests.Ledger.Money.Request(payer, amount), Ct);
        Assert.False(held.Denied(out _, out var hold));

        await browser.OpenAsync(Home);
        Assert.Contains(Figure + "$10.00", browser.Html, StringComparison.Ordinal);
        Assert.Contains("$7.50", browser.Html, StringComparison.Ordinal);
        Assert.Contains("$2.50", browser.Html, StringComparison.Ordinal);
        Assert.Equal("no-store", browser.Last.Headers.CacheControl!.ToString());

        await Tests.Ledger.Money.SettleAsync(hold!, amount);
        await browser.OpenAsync(Home);
        Assert.Contains(Figure + "$7.50", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_is_saved_replaced_and_removed()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await browser.OpenAsync(Home + "/card");
        Assert.Contains("No card is saved", browser.Html, StringComparison.Ordinal);
        await SaveCardAsync(rig, browser, PortalRig.Visa);
        Assert.Contains("4242", browser.Html, StringComparison.Ordinal);

        await SaveCardAsync(rig, browser, "4000002500003155");
        Assert.Contains("3155", browser.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("4242", browser.Html, StringComparison.Ordinal);

        await browser.OpenAsync(Home + "/card/remove");
        await browser.SubmitAsync(Home + "/card/remove");
        await browser.OpenAsync(browser.Location);
        Assert.Contains("No card is saved", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_saved_for_an_app_leads_back_to_it()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        var link = await rig.LinkAsync(PortalPurposes.PaymentMethod);
        await PortalRig.FollowAsync(browser, link);
        await browser.SubmitAsync($"{Home}/card?via={link.Id}");
        var page = browser.Location;
        await rig.PayAsync(page);
        await browser.OpenAsync(await rig.SuccessUrlAsync(page));
        Assert.Contains("outcome=saved", browser.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_unspent_part_of_a_payment_is_refunded_once_after_a_fresh_sign_in()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 1_000);
        await rig.SpendAsync(400);
        var topup = await rig.LastTopupAsync();
        var path = $"{Home}/payments/{topup.Id}/refund";
        await AgeSessionsAsync(rig);
        await browser.OpenAsync(path);
        Assert.Contains("Confirm that it is you", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/sign-in");
        await browser.TypeCodeAsync(PortalRig.Email);
        Assert.Equal(path, browser.Location);

        await browser.OpenAsync(path);
        Assert.Contains("value=\"6.00\"", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync(path, ("amount", "6.01"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        var form = browser.HiddenOf(path);
        await browser.PostAsync(path, [.. form, ("amount", "6.00")]);
        await browser.PostAsync(path, [.. form, ("amount", "6.00")]);

        Assert.Equal(NanoUsd.Zero, await rig.BalanceAsync());
        await browser.OpenAsync(Home + "/payments");
        Assert.Contains("$6.00 refunded", browser.Html, StringComparison.Ordinal);
        Assert.Single(await rig.Get<PaymentReadings>().RefundsAsync(rig.Project.Id, Ct));
    }

    [Fact]
    public async Task A_disputed_payment_is_explained_on_every_page_that_money_is_on()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 1_000, card: "4000000000000259");
        await PortalRig.UntilAsync(async () =>
            (await rig.Get<Credits>().ReadAsync(rig.Project.Id, Ct))!.Frozen
        );
        foreach (var page in (string[])["", "/topup", "/payments"])
        {
            await browser.OpenAsync(Home + page);
            Assert.Contains("This project is frozen", browser.Html, StringComparison.Ordinal);
            Assert.Contains("is disputed at the bank", browser.Html, StringComparison.Ordinal);
        }

        await browser.OpenAsync(Home + "/auto-reload");
        Assert.Equal(HttpStatusCode.OK, browser.Last.StatusCode);
    }

    private static async Task SaveCardAsync(PortalRig rig, FormBrowser browser, string card)
    {
        await browser.OpenAsync(Home + "/card");
        await browser.SubmitAsync(Home + "/card");
        var page = browser.Location;
        var saved = await rig.PayAsync(page, card);
        if (saved.Step is PayStep.AskBank)
        {
            saved = await rig.PayAsync(page, card, bankSays: true);
        }

        Assert.Equal(PayStep.Done, saved.Step);
        await browser.OpenAsync(await rig.SuccessUrlAsync(page));
    }

    internal static Task AgeSessionsAsync(PortalRig rig) =>
        rig.Host.Gateway.Database.WriteAsync(connection =>
            connection.Execute("UPDATE session SET authenticated_at = authenticated_at - 660000")
        );
}
