using System.Net;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>Links of apps: what they open, for whom, and how one gets back.</summary>
public sealed class PortalEntranceTests
{
    private const string Home = PortalRig.Home;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PortalPurposes.Topup, Home + "/topup")]
    [InlineData(PortalPurposes.PaymentAction, Home + "/topup")]
    [InlineData(PortalPurposes.PaymentMethod, Home + "/card")]
    [InlineData(PortalPurposes.AutoReload, Home + "/auto-reload")]
    [InlineData(PortalPurposes.Limits, Home + "/limits")]
    [InlineData(PortalPurposes.Overview, Home)]
    public async Task A_link_leads_to_where_its_person_must_act(string purpose, string page)
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        var link = await rig.LinkAsync(purpose);

        Assert.Equal(HttpStatusCode.OK, await PortalRig.FollowAsync(browser, link));

        Assert.Equal(
            $"{page}?via={link.Id}",
            browser.Last.RequestMessage!.RequestUri!.PathAndQuery
        );
        Assert.Contains("Margin Notes", browser.Html, StringComparison.Ordinal);
        Assert.Equal(PortalStatus.Opened, await rig.StatusAsync(link));
        Assert.Equal(NanoUsd.Zero, await rig.BalanceAsync());
    }

    [Fact]
    public async Task A_link_signs_nobody_in_and_its_errand_outlives_the_sign_in()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = new FormBrowser(rig.Host);
        var link = await rig.LinkAsync(topupCents: 2_500);

        await PortalRig.FollowAsync(browser, link);
        Assert.Contains("Send me a code", browser.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Margin Notes", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/sign-in", ("email", PortalRig.Email));
        await browser.TypeCodeAsync(PortalRig.Email);
        await browser.OpenAsync(browser.Location);

        Assert.Contains("Margin Notes", browser.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"2500\" checked", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wrong_person_learns_nothing_and_can_change_the_account()
    {
        await using var rig = await PortalRig.StartAsync();
        using var stranger = await rig.SignedInAsync("mallory@example.com");
        var link = await rig.LinkAsync();

        var status = await PortalRig.FollowAsync(stranger, link);
        var seen = stranger.Html;
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.DoesNotContain("Margin", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("Home", seen, StringComparison.Ordinal);
        // The very page of an errand that never was, but for the id that stands in the address.
        await stranger.OpenAsync("/billing/via/ps_never");
        Assert.Equal(Anonymous(seen, link.Id.Value), Anonymous(stranger.Html, "ps_never"));
        Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync($"{Home}?via={link.Id}"));

        await stranger.OpenAsync($"/billing/via/{link.Id}");
        await stranger.SubmitAsync($"/billing/via/{link.Id}/switch");
        Assert.Equal("/sign-in", stranger.Location);
        await stranger.OpenAsync("/sign-in");
        await stranger.SubmitAsync("/sign-in", ("email", PortalRig.Email));
        await stranger.TypeCodeAsync(PortalRig.Email);
        await stranger.OpenAsync(stranger.Location);
        Assert.Contains("Margin Notes", stranger.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Going_back_without_paying_tells_the_app()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        var link = await rig.LinkAsync();
        await PortalRig.FollowAsync(browser, link);

        await browser.SubmitAsync($"/billing/via/{link.Id}/leave");

        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.Equal(
            $"https://margin.example/back?tab=2&portal_session={link.Id}&outcome=cancelled&state=s-1",
            browser.Location
        );
        Assert.Equal(PortalStatus.Cancelled, await rig.StatusAsync(link));
    }

    [Fact]
    public async Task A_return_to_a_custom_scheme_is_a_page_with_a_link_that_goes_by_itself()
    {
        await using var rig = await PortalRig.StartAsync("myapp://oauth/callback");
        using var browser = await rig.SignedInAsync();
        var link = await rig.LinkAsync(returnUrl: "myapp://back");
        await PortalRig.FollowAsync(browser, link);
        await browser.SubmitAsync($"/billing/via/{link.Id}/leave");
        await browser.OpenAsync(browser.Location);

        var address = $"myapp://back?portal_session={link.Id}&outcome=cancelled&state=s-1";
        Assert.Contains("Return to the app", browser.Html, StringComparison.Ordinal);
        Assert.Contains(
            $"href=\"{WebUtility.HtmlEncode(address)}\"",
            browser.Html,
            StringComparison.Ordinal
        );
        Assert.Equal("0;url=" + address, browser.Last.Headers.GetValues("Refresh").Single());
    }

    [Fact]
    public async Task Every_page_wants_its_owner_and_every_form_its_token()
    {
        await using var rig = await PortalRig.StartAsync();
        using var stranger = await rig.SignedInAsync("mallory@example.com");
        using var nobody = new FormBrowser(rig.Host);
        string[] pages =
        [
            "",
            "/topup",
            "/card",
            "/auto-reload",
            "/limits",
            "/history",
            "/history/csv",
            "/payments",
        ];
        foreach (var page in pages)
        {
            Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync(Home + page));
            await nobody.OpenAsync(Home + page);
            Assert.Contains("Send me a code", nobody.Html, StringComparison.Ordinal);
        }

        using var owner = await rig.SignedInAsync();
        foreach (var form in (string[])["/topup", "/card", "/auto-reload", "/auto-reload/off"])
        {
            var status = await owner.PostAsync(Home + form, [("amount", "500")]);
            Assert.Equal(HttpStatusCode.Forbidden, status);
        }
    }

    [Fact]
    public async Task Somebody_with_several_projects_chooses_one()
    {
        await using var rig = await PortalRig.StartAsync();
        using var browser = await rig.SignedInAsync();
        await browser.OpenAsync("/billing");
        Assert.Equal(Home, browser.Last.RequestMessage!.RequestUri!.AbsolutePath);

        await rig.Get<Arda.Gateway.Accounts.Projects>()
            .CreateAsync(rig.Project.Owner, "Work", "work");
        await browser.OpenAsync("/billing");
        Assert.Contains("/billing/p/home", browser.Html, StringComparison.Ordinal);
        Assert.Contains("/billing/p/work", browser.Html, StringComparison.Ordinal);
        Assert.False(Ct.IsCancellationRequested);
    }

    private static string Anonymous(string html, string id) =>
        System.Text.RegularExpressions.Regex.Replace(
            html.Replace(id, "ID", StringComparison.Ordinal),
            "name=\"csrf\" value=\"[^\"]*\"",
            "csrf",
            System.Text.RegularExpressions.RegexOptions.None,
            TimeSpan.FromSeconds(5)
        );
}
