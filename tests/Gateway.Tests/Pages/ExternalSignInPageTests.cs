using System.Net;
using Arda.Gateway.Tests.Accounts;

namespace Arda.Gateway.Tests.Pages;

/// <summary>Signing in at a provider of the operator's choice: from our page to theirs and back,
/// over real HTTP, with every token signed and checked.</summary>
public sealed class ExternalSignInPageTests : IDisposable
{
    private const string Leave = "/sign-in/external/acme";

    private readonly string _secretFile = Path.GetTempFileName();

    public void Dispose() => File.Delete(_secretFile);

    [Fact]
    public async Task A_person_comes_back_signed_in_to_the_page_they_asked_for()
    {
        await using var provider = await OpenIdProvider.StartAsync();
        await using var host = await StartAsync(provider);
        using var browser = new FormBrowser(host);

        await browser.OpenAsync("/console/keys");
        Assert.Contains("Acme Works", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync(Leave);
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.StartsWith(
            provider.Issuer + "/authorize?",
            browser.Location,
            StringComparison.Ordinal
        );
        await ComeBackAsync(browser, provider.Consent(browser.Location));

        Assert.Equal("/console/keys", browser.Location);
        await browser.OpenAsync("/account");
        Assert.Contains("ada@example.com", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_middle_of_connecting_an_app_it_goes_on_with_the_app()
    {
        await using var provider = await OpenIdProvider.StartAsync();
        await using var host = await StartAsync(provider);
        using var browser = new FormBrowser(host);
        const string Callback = "https://app.example/cb";
        var app = await host.NewAppAsync(Callback);

        await browser.OpenAsync(new AuthorizeWish(app, Callback).Path);
        await browser.SubmitAsync(Leave);
        await ComeBackAsync(browser, provider.Consent(browser.Location));
        Assert.StartsWith(
            "/oauth/authorize/continue?flow=",
            browser.Location,
            StringComparison.Ordinal
        );
        await browser.OpenAsync(browser.Location);

        Assert.Contains("Margin Notes wants to use your balance", browser.Html);
    }

    [Theory]
    [InlineData("forged", "took too long or was begun elsewhere")]
    [InlineData("another browser", "took too long or was begun elsewhere")]
    [InlineData("twice", "took too long or was begun elsewhere")]
    [InlineData("not verified", "has not verified your e-mail address")]
    [InlineData("refused", "You were not signed in there")]
    public async Task Whatever_goes_wrong_signs_nobody_in_and_says_what_to_do(
        string what,
        string said
    )
    {
        await using var provider = await OpenIdProvider.StartAsync();
        await using var host = await StartAsync(provider);
        using var browser = new FormBrowser(host);
        using var other = new FormBrowser(host);
        provider.Forges = what == "forged";
        provider.Claims = claims => claims["email_verified"] = what != "not verified";
        await browser.OpenAsync("/sign-in");
        await browser.SubmitAsync(Leave);
        var callback = provider.Consent(browser.Location);
        var back = what switch
        {
            "refused" => Refusal(callback),
            _ => callback,
        };
        if (what == "twice")
        {
            await ComeBackAsync(browser, back);
            await browser.OpenAsync("/account");
            await browser.SubmitAsync("/sign-out");
        }

        var visitor = what == "another browser" ? other : browser;
        await ComeBackAsync(visitor, back);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Last.StatusCode);
        Assert.Contains(said, visitor.Html, StringComparison.Ordinal);
        Assert.Contains("Send me a code", visitor.Html, StringComparison.Ordinal);
        await visitor.OpenAsync("/account");
        Assert.Contains("Send me a code", visitor.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_away_or_unknown_leaves_the_code_by_mail()
    {
        var provider = await OpenIdProvider.StartAsync();
        await using var host = await StartAsync(provider);
        await provider.DisposeAsync();
        using var browser = new FormBrowser(host);
        await browser.OpenAsync("/sign-in");
        await browser.SubmitAsync(Leave);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, browser.Last.StatusCode);
        Assert.Contains("Take a code by mail instead", browser.Html, StringComparison.Ordinal);
        await browser.PostAsync("/sign-in/external/other", browser.HiddenOf(Leave));
        Assert.NotEqual(HttpStatusCode.SeeOther, browser.Last.StatusCode);
    }

    private Task<PagesHost> StartAsync(OpenIdProvider provider)
    {
        File.WriteAllText(_secretFile, OpenIdProvider.ClientSecret);
        return PagesHost.StartAsync(
            ("SignIn:External:acme:Title", "Acme Works"),
            ("SignIn:External:acme:Authority", provider.Issuer),
            ("SignIn:External:acme:ClientId", OpenIdProvider.ClientId),
            ("SignIn:External:acme:ClientSecretFile", _secretFile)
        );
    }

    private static Task<HttpStatusCode> ComeBackAsync(FormBrowser browser, string query) =>
        browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Leave}/callback{query}"));

    // The state of the good answer, and no code.
    private static string Refusal(string query) =>
        "?error=access_denied&"
        + string.Join(
            '&',
            query[1..].Split('&').Where(part => !part.StartsWith("code=", StringComparison.Ordinal))
        );
}
