using System.Net;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Pages;

/// <summary>Every page that a person sees, signed in, with its content: none can be framed, kept or
/// read by another site.</summary>
public sealed class PageHeadersTests
{
    private const string Email = "ada@example.com";

    [Fact]
    [OAuthCase("CN05", "CO04")]
    public async Task No_page_with_content_can_be_framed_kept_or_read_by_another_site()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AssertAsync(browser, "/sign-in", HttpStatusCode.OK);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/console/projects");
        await browser.SubmitAsync("/console/projects", ("name", "Home"), ("slug", "home"));
        var app = await host.NewAppAsync(OAuthWorld.Callback);
        string[] pages =
        [
            new AuthorizeWish(app, OAuthWorld.Callback).Path,
            "/connect",
            "/connect?user_code=WDJB-MJHT",
            "/account",
            "/account/email",
            "/account/delete",
            "/console",
            "/console/keys",
            "/console/keys/new",
            "/console/connections",
            "/console/receipts",
            "/console/usage",
            "/console/projects",
        ];
        foreach (var path in pages)
        {
            await AssertAsync(browser, path, HttpStatusCode.OK);
        }

        await AssertAsync(browser, "/oauth/authorize", HttpStatusCode.BadRequest);
        await AssertAsync(browser, "/console/none/such", HttpStatusCode.NotFound);
        await AssertAsync(browser, "/oauth/authorize/decision", HttpStatusCode.MethodNotAllowed);
        await AssertAsync(browser, "/account/email/confirm/junk", HttpStatusCode.NotFound);
        await browser.PostAsync("/account/name", [("name", "x")]);
        Assert.Equal(HttpStatusCode.Forbidden, browser.Last.StatusCode);
        PageHeaders.AssertOn(browser.Last);
    }

    [Fact]
    [OAuthCase("SE01")]
    public async Task A_sign_in_puts_its_secret_in_the_cookie_and_nowhere_else()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        var cookie = browser.Cookies.GetCookies(host.Address)["arda_session"]!;
        Assert.True(cookie.HttpOnly);
        Assert.StartsWith("gw_us_", cookie.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("gw_", browser.Location, StringComparison.Ordinal);
        Assert.DoesNotContain(cookie.Value, browser.Html, StringComparison.Ordinal);
        await browser.OpenAsync("/account");
        Assert.DoesNotContain(cookie.Value, browser.Html, StringComparison.Ordinal);
    }

    private static async Task AssertAsync(FormBrowser browser, string path, HttpStatusCode status)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Origin", "https://app.example");
        await browser.SendAsync(request);
        Assert.True(status == browser.Last.StatusCode, $"{browser.Last.StatusCode} for {path}");
        Assert.Equal("text/html", browser.Last.Content.Headers.ContentType?.MediaType);
        PageHeaders.AssertOn(browser.Last);
    }
}
