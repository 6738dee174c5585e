using System.Net;
using System.Text.Json;
using Arda.Gateway.Developers;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Pages;

/// <summary>What the address itself answers, over HTTP: an error page where nobody vouches for the
/// way back, and never a redirect.</summary>
public sealed class AuthorizePageTests
{
    private const string Email = "ada@example.com";
    private const string Evil = "https://attacker.example/cb";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [OAuthCase("AZ02")]
    [InlineData("scope=admin")]
    [InlineData("response_type=token")]
    [InlineData("code_challenge=short")]
    [InlineData("request_uri=http://127.0.0.1:9/x")]
    [InlineData("prompt=none")]
    [InlineData("prompt=junk")]
    public async Task An_unregistered_address_gets_a_page_whatever_else_is_wrong(string wrong)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var app = await host.NewAppAsync(OAuthWorld.Callback);
        var name = wrong.Split('=')[0];
        var wish = new AuthorizeWish(app, Evil);
        var query = wish.Query.Split('&').Where(pair => pair.Split('=')[0] != name).Append(wrong);
        await AssertPageAsync(browser, "/oauth/authorize?" + string.Join('&', query));
    }

    // The store fails in the middle: what needs the broken table is an error of ours, what is wrong
    // before it is needed stays wrong, and neither is told to an address that nobody registered.
    [Theory]
    [OAuthCase("AZ02", "LG04")]
    [InlineData("oauth_interaction", 400)]
    [InlineData("oauth_signing_key", 400)]
    [InlineData("app", 500)]
    public async Task A_fault_of_ours_is_never_told_to_an_unregistered_address(
        string table,
        int least
    )
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        var app = await host.NewAppAsync(OAuthWorld.Callback);
        var path = new AuthorizeWish(app, Evil).Path + "&id_token_hint=a.b.c";
        await RenameAsync(host, table, table + "_gone");
        try
        {
            foreach (var more in new[] { "", "&prompt=none", "&scope=admin" })
            {
                await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, path + more));
                Assert.InRange((int)browser.Last.StatusCode, least, least + 99);
                AssertIsPage(browser);
                Assert.Contains("req_", browser.Html, StringComparison.Ordinal);
                foreach (var inner in new[] { "such table", "SQL", "Exception", "   at " })
                {
                    Assert.DoesNotContain(inner, browser.Html, StringComparison.Ordinal);
                }
            }
        }
        finally
        {
            await RenameAsync(host, table + "_gone", table);
        }
    }

    [Fact]
    [OAuthCase("AZ04", "AZ05", "AZ06", "AZ08")]
    public async Task No_way_to_write_an_address_otherwise_leads_there()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var web = await host.NewAppAsync(OAuthWorld.Callback);
        foreach (var row in RedirectTricks.OffTheWeb)
        {
            await AssertPageAsync(browser, new AuthorizeWish(web, row.Data).Path);
        }

        var native = await host.NewAppAsync("http://127.0.0.1/cb");
        foreach (var row in RedirectTricks.OnLoopback)
        {
            var (uri, isRight) = row.Data;
            var path = new AuthorizeWish(native, uri).Path;
            if (!isRight)
            {
                await AssertPageAsync(browser, path);
                continue;
            }

            Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync(path));
            Assert.Contains("Send me a code", browser.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    [OAuthCase("AZ13", "AZ14", "AZ17")]
    public async Task A_wrong_request_of_a_known_app_goes_back_by_303()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var app = await host.NewAppAsync(OAuthWorld.Callback);
        var good = new AuthorizeWish(app, OAuthWorld.Callback).Query;
        string[] queries =
        [
            Without(good, "code_challenge"),
            Without(good, "code_challenge_method"),
            Without(good, "code_challenge_method") + "&code_challenge_method=plain",
            good + "&request_uri=http://127.0.0.1:9/x",
        ];
        foreach (var query in queries)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/oauth/authorize?" + query);
            Assert.Equal(HttpStatusCode.SeeOther, await browser.SendAsync(request));
            Assert.StartsWith(
                OAuthWorld.Callback + "?error=",
                browser.Location,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain("code=", browser.Location, StringComparison.Ordinal);
        }
    }

    [Theory]
    [OAuthCase("AZ21")]
    [InlineData(AppState.Pending)]
    [InlineData(AppState.Rejected)]
    [InlineData(AppState.Suspended)]
    public async Task An_app_that_is_not_approved_shows_a_page_and_its_owner_a_banner(
        AppState state
    )
    {
        await using var host = await PagesHost.StartAsync();
        using var stranger = new FormBrowser(host);
        using var owner = new FormBrowser(host);
        var app = await host.NewAppAsync(OAuthWorld.Callback, state: state);
        var path = new AuthorizeWish(app, OAuthWorld.Callback).Path;
        await AssertPageAsync(stranger, path, HttpStatusCode.Forbidden);
        await stranger.SignInAsync(Email);
        await AssertPageAsync(stranger, path, HttpStatusCode.Forbidden);
        await AssertPageAsync(stranger, path + "&prompt=none", HttpStatusCode.Forbidden);

        await owner.SignInAsync("publisher@example.com");
        if (state != AppState.Pending)
        {
            await AssertPageAsync(owner, path, HttpStatusCode.Forbidden);
            return;
        }

        Assert.Equal(HttpStatusCode.OK, await owner.OpenAsync(path));
        Assert.Contains("This is your own test", owner.Html, StringComparison.Ordinal);
    }

    // Nobody in front of this gateway is trusted, so what a client says of hosts counts nowhere.
    [Fact]
    [OAuthCase("AZ24")]
    public async Task A_forwarded_host_changes_no_address_that_is_told()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var issuer = host.Address.ToString().TrimEnd('/');
        await browser.SignInAsync(Email);
        var app = await host.NewAppAsync(OAuthWorld.Callback);
        var wish = new AuthorizeWish(app, OAuthWorld.Callback);
        await browser.OpenAsync(wish.Path);
        var allow = browser.HiddenOf("/oauth/authorize/decision");
        (string, string)[] poison =
        [
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("Forwarded", "host=evil.example"),
            ("X-Original-Host", "evil.example"),
        ];
        await browser.PostAsync(
            "/oauth/authorize/decision",
            [.. allow, ("new_project", "Home"), ("decision", "allow")],
            poison
        );
        Assert.EndsWith(
            "&iss=" + Uri.EscapeDataString(issuer),
            browser.Location,
            StringComparison.Ordinal
        );
        await browser.PostAsync("/oauth/device/code", [("client_id", app.Id.Value)], poison);
        using var device = JsonDocument.Parse(browser.Html);
        var told = device.RootElement.GetProperty("verification_uri").GetString();
        Assert.Equal(issuer + "/connect", told);
        var metadata = new HttpRequestMessage(HttpMethod.Get, "/.well-known/openid-configuration");
        foreach (var (name, value) in poison)
        {
            metadata.Headers.TryAddWithoutValidation(name, value);
        }

        await browser.SendAsync(metadata);
        Assert.DoesNotContain("evil", browser.Html, StringComparison.Ordinal);
        var mail = await host.MailAsync(Email, "Margin Notes is connected to your account");
        Assert.Contains(issuer + "/console", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", mail.Text, StringComparison.Ordinal);
    }

    private static async Task AssertPageAsync(
        FormBrowser browser,
        string path,
        HttpStatusCode status = HttpStatusCode.BadRequest
    )
    {
        await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        Assert.True(status == browser.Last.StatusCode, $"{browser.Last.StatusCode} for {path}");
        AssertIsPage(browser);
    }

    private static void AssertIsPage(FormBrowser browser)
    {
        Assert.Equal("", browser.Location);
        Assert.Equal("text/html", browser.Last.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("http-equiv", browser.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("attacker.example", browser.Html, StringComparison.Ordinal);
        PageHeaders.AssertOn(browser.Last);
    }

    private static string Without(string query, string name) =>
        string.Join('&', query.Split('&').Where(pair => pair.Split('=')[0] != name));

    private static Task RenameAsync(PagesHost host, string from, string to) =>
        host.Gateway.Database.WriteAsync(connection =>
            connection.Execute($"ALTER TABLE {from} RENAME TO {to}")
        );
}
