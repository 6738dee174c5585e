using System.Net;
using Arda.Gateway.Pages;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Pages;

public sealed class SignInPageTests
{
    private const string Email = "ada@example.com";

    [Fact]
    public async Task A_code_from_the_mail_signs_in_and_leads_to_the_page_that_was_asked_for()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);

        await browser.OpenAsync("/console/keys");
        Assert.Contains("Send me a code", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/sign-in", ("email", Email));
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        await browser.TypeCodeAsync(Email);

        Assert.Equal("/console/keys", browser.Location);
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/console/keys"));
    }

    [Fact]
    public async Task A_wrong_code_says_how_many_tries_are_left_and_the_last_one_ends_it()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.OpenAsync("/sign-in");
        await browser.SubmitAsync("/sign-in", ("email", Email));
        await browser.OpenAsync(browser.Location);
        var form = browser.HiddenOf("/sign-in/code");

        for (var left = 4; left > 0; left--)
        {
            await browser.PostAsync("/sign-in/code", [.. form, ("code", "00000000")]);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
            var text = left == 1 ? "One more try" : $"{left} tries left";
            Assert.Contains(text, browser.Html, StringComparison.Ordinal);
            Assert.Contains("aria-invalid=\"true\"", browser.Html, StringComparison.Ordinal);
        }

        await browser.PostAsync("/sign-in/code", [.. form, ("code", "00000000")]);
        Assert.Contains("no longer works", browser.Html, StringComparison.Ordinal);
        var mail = await host.MailAsync(Email);
        await browser.PostAsync("/sign-in/code", [.. form, ("code", PagesHost.DigitsOf(mail))]);
        Assert.Contains("no longer works", browser.Html, StringComparison.Ordinal);
    }

    [OAuthCase("SE05")]
    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\r\n/evil.example")]
    [InlineData("https:evil.example")]
    [InlineData("%2f%2fevil.example")]
    public async Task No_parameter_decides_where_a_person_goes_after_signing_in(string address)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var query = string.Join(
            '&',
            new[] { "returnUrl", "return_to", "next", "continue", "flow" }.Select(name =>
                $"{name}={Uri.EscapeDataString(address)}"
            )
        );
        await browser.OpenAsync("/sign-in?" + query);
        await browser.SubmitAsync(
            "/sign-in",
            ("email", Email),
            ("returnUrl", address),
            ("flow", address)
        );
        await browser.TypeCodeAsync(Email);
        Assert.Equal("/console", browser.Location);
    }

    [Theory]
    [InlineData("/console", true)]
    [InlineData("/console/keys/key_019a", true)]
    [InlineData("/connect?user_code=WDJB-MJHT", true)]
    [InlineData("//evil.example", false)]
    [InlineData("/console//evil.example", false)]
    [InlineData("/console\\evil", false)]
    [InlineData("/console/\n", false)]
    [InlineData("/consoleevil", false)]
    [InlineData("/console?x=https://evil.example", false)]
    [InlineData("https://evil.example/console", false)]
    public void A_kept_destination_is_a_page_of_ours_or_nothing(string page, bool isOurs) =>
        Assert.Equal(isOurs, Destinations.IsOurs(page));

    [OAuthCase("CN05")]
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/oauth/authorize")]
    [InlineData("/connect")]
    [InlineData("/account")]
    [InlineData("/console/none/such")]
    [InlineData("/dev/mailbox")]
    public async Task No_page_can_be_framed_cached_or_told_on(string path)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        string Header(string name) => string.Join(',', browser.Last.Headers.GetValues(name));
        Assert.Contains(
            "frame-ancestors 'none'",
            Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "unsafe",
            Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Equal("DENY", Header("X-Frame-Options"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("no-store", Header("Cache-Control"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.False(browser.Last.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [OAuthCase("SE04", "CO04")]
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/sign-in/code")]
    [InlineData("/sign-in/switch")]
    [InlineData("/sign-in/passkey")]
    [InlineData("/sign-out")]
    [InlineData("/connect")]
    [InlineData("/connect/decision")]
    [InlineData("/account/name")]
    [InlineData("/account/delete")]
    [InlineData("/account/sessions/end-others")]
    [InlineData("/console/projects")]
    [InlineData("/console/keys")]
    [InlineData("/console/connections/con_1/end")]
    [InlineData("/oauth/authorize/decision")]
    public async Task A_form_without_its_token_or_from_another_site_changes_nothing(string path)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/account");
        var token = browser.HiddenOf("/sign-out").Single(field => field.Name == "csrf");

        Assert.Equal(HttpStatusCode.Forbidden, await browser.PostAsync(path, [("email", Email)]));
        Assert.Contains(
            "text/html",
            $"{browser.Last.Content.Headers.ContentType}",
            StringComparison.Ordinal
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(path, [token], ("Sec-Fetch-Site", "cross-site"))
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(path, [token], ("Origin", "https://evil.example"))
        );
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
    }
}
