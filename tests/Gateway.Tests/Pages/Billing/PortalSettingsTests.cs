using System.Globalization;
using System.Net;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>Auto-reload, limits, history.</summary>
public sealed class PortalSettingsTests
{
    private const string Home = PortalRig.Home;
    private const string Reload = Home + "/auto-reload";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Auto_reload_is_off_until_its_owner_agrees_to_all_of_it()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await browser.OpenAsync(Reload);
        Assert.Contains("Save a card first", browser.Html, StringComparison.Ordinal);
        await rig.FundAsync(browser, save: true);

        await browser.OpenAsync(Reload);
        Assert.Contains("value=\"40.00\"", browser.Html, StringComparison.Ordinal);
        await SubmitAsync(browser, "5", "1000", "", consent: true);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        await SubmitAsync(browser, "5", "1000", "9", consent: true);
        Assert.Contains("A monthly cap is needed", browser.Html, StringComparison.Ordinal);
        await SubmitAsync(browser, "0.50", "1000", "40", consent: true);
        Assert.Contains("Choose a threshold", browser.Html, StringComparison.Ordinal);
        await SubmitAsync(browser, "5", "1000", "40", consent: false);
        Assert.Contains("without your consent", browser.Html, StringComparison.Ordinal);
        Assert.Null(await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct));

        await SubmitAsync(browser, "5", "1000", "40", consent: true);
        Assert.Equal(Reload, browser.Location);
        await browser.OpenAsync(Reload);
        var text = WebUtility.HtmlDecode(browser.Html);
        Assert.Contains("as soon as the balance falls below $5.00", text, StringComparison.Ordinal);
        var settings = await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct);
        Assert.True(settings!.Enabled);
        Assert.Contains(settings.Consent, text, StringComparison.Ordinal);

        await browser.SubmitAsync(Reload + "/off");
        await browser.OpenAsync(Reload);
        Assert.Contains("You turned it off", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turning_it_on_wants_a_fresh_sign_in_and_keeps_what_was_typed()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, save: true);
        await browser.OpenAsync(Reload);
        await PortalMoneyTests.AgeSessionsAsync(rig);

        await SubmitAsync(browser, "7", "2500", "80", consent: true);
        Assert.Equal("/sign-in/again", browser.Location);
        Assert.Null(await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct));
        await browser.OpenAsync(browser.Location);
        await browser.SubmitAsync("/sign-in");
        await browser.TypeCodeAsync(PortalRig.Email);
        await browser.OpenAsync(browser.Location);
        Assert.Contains("value=\"7.00\"", browser.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"80.00\"", browser.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"2500\" checked", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auto_reload_turned_on_for_an_app_leads_back_to_it()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, save: true);
        var link = await rig.LinkAsync(PortalPurposes.AutoReload, topupCents: 2_500);
        await PortalRig.FollowAsync(browser, link);
        Assert.Contains("value=\"2500\" checked", browser.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"100.00\"", browser.Html, StringComparison.Ordinal);
        Assert.Contains("Or add money once", browser.Html, StringComparison.Ordinal);

        await browser.SubmitAsync(
            $"{Reload}?via={link.Id}",
            ("threshold", "5"),
            ("amount", "2500"),
            ("cap", "100"),
            ("consent", "yes")
        );

        Assert.Contains("outcome=saved", browser.Location, StringComparison.Ordinal);
        var settings = await rig.Get<AutoReloads>().FindAsync(rig.Project.Id, Ct);
        Assert.True(settings is { Enabled: true, AmountCents: 2_500 });
    }

    [Fact]
    public async Task A_reload_that_waits_for_its_owner_is_paid_on_the_page_and_goes_on()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 1_000, save: true, PortalRig.ThreeDs);
        await TurnOnAsync(browser);
        await rig.SpendAsync(900);
        await PortalRig.UntilAsync(async () =>
            await rig.Get<PaymentStandings>().ReadAsync(rig.Project.Id, Ct)
            == PaymentStanding.ActionRequired
        );
        await browser.OpenAsync(Reload);
        Assert.Contains("Your bank wants you to confirm", browser.Html, StringComparison.Ordinal);
        await browser.OpenAsync(Home + "/topup");
        Assert.Contains("value=\"1000\" checked", browser.Html, StringComparison.Ordinal);

        await rig.FundAsync(browser, 1_000, card: PortalRig.ThreeDs);

        Assert.Equal(NanoUsd.FromCents(1_100), await rig.BalanceAsync());
        Assert.Equal(
            PaymentStanding.Plain,
            await rig.Get<PaymentStandings>().ReadAsync(rig.Project.Id, Ct)
        );
    }

    [Fact]
    public async Task An_app_at_its_limit_is_shown_first_and_goes_on_with_a_higher_one()
    {
        await using var rig = await PortalRig.StartAsync(limit: NanoUsd.Zero);
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser);
        var refused = await rig.ChatAsync();
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        var link = await rig.LinkAsync(PortalPurposes.Limits);
        await PortalRig.FollowAsync(browser, link);
        Assert.Contains("card sender", browser.Html, StringComparison.Ordinal);

        var form = $"{Home}/limits/apps/{rig.Connection}?via={link.Id}";
        await browser.SubmitAsync(form, ("monthly_limit", "many"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        Assert.Contains("value=\"many\"", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync(form, ("monthly_limit", "3"));

        Assert.Contains("outcome=limits_changed", browser.Location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task A_paused_app_and_an_own_key_are_set_right_on_the_same_page()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser);
        await rig.Get<Connections>().PauseAsync(rig.Connection, Ct);
        var made = await rig.Get<ApiKeys>()
            .MintAsync(
                new NewKey
                {
                    Owner = rig.Project.Owner,
                    Project = rig.Project.Id,
                    Name = "Laptop",
                    MonthlyLimit = NanoUsd.Zero,
                }
            );
        Assert.False(made.Denied(out _, out var own));
        Assert.Equal(
            HttpStatusCode.PaymentRequired,
            (await rig.ChatAsync(key: own!.Secret)).StatusCode
        );

        await browser.OpenAsync(Home + "/limits");
        await browser.SubmitAsync($"{Home}/limits/keys/{own.Key.Id}", ("monthly_limit", ""));
        await browser.OpenAsync(Home + "/limits");
        await browser.SubmitAsync($"{Home}/limits/apps/{rig.Connection}/resume");

        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(key: own.Secret)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task All_lines_of_the_history_add_up_to_the_balance()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await rig.FundAsync(browser, 2_500);
        await rig.Host.GrantAsync("home");
        for (var i = 0; i < 60; i++)
        {
            await rig.SpendAsync(i % 7);
        }

        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync()).StatusCode);
        var topup = await rig.LastTopupAsync();
        await browser.OpenAsync($"{Home}/payments/{topup.Id}/refund");
        await browser.SubmitAsync($"{Home}/payments/{topup.Id}/refund", ("amount", "2.50"));

        await browser.OpenAsync(Home + "/history/csv");
        Assert.Equal("text/csv", browser.Last.Content.Headers.ContentType!.MediaType);
        var rows = browser.Html.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        var sum = rows.Sum(row => decimal.Parse(row.Split(',')[4], CultureInfo.InvariantCulture));
        Assert.Equal((await rig.BalanceAsync()).Usd, sum);
        Assert.Contains(rows, row => row.Contains("gpt-5.4-mini,Margin Notes", Ordinal));

        // The page has the same lines, over as many pages as it takes.
        var shown = 0;
        await browser.OpenAsync(Home + "/history");
        while (true)
        {
            shown += browser.Html.Split("<th scope=\"row\">").Length - 1;
            var older = WebUtility
                .HtmlDecode(browser.Html)
                .Split('"')
                .FirstOrDefault(part => part.Contains("/history?below=", Ordinal));
            if (older is null)
            {
                break;
            }

            await browser.OpenAsync(older);
        }

        Assert.Equal(rows.Length, shown);
    }

    [Theory]
    [InlineData("=HYPERLINK(1)", "'=HYPERLINK(1)")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    public void A_name_in_the_file_is_never_a_formula(string? name, string cell) =>
        Assert.Equal(cell, HistoryPages.Cell(name));

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static async Task TurnOnAsync(FormBrowser browser)
    {
        await browser.OpenAsync(Reload);
        await SubmitAsync(browser, "5", "1000", "40", consent: true);
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
    }

    private static Task SubmitAsync(
        FormBrowser browser,
        string threshold,
        string amount,
        string cap,
        bool consent
    )
    {
        List<(string, string)> filled =
        [
            ("threshold", threshold),
            ("amount", amount),
            ("cap", cap),
        ];
        if (consent)
        {
            filled.Add(("consent", "yes"));
        }

        return browser.SubmitAsync(Reload, [.. filled]);
    }
}
