using System.Net;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

public sealed class ConsentPageTests
{
    private const string Email = "ada@example.com";
    private const string Callback = "https://margin.example/callback";
    private const string Decision = "/oauth/authorize/decision";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_tells_who_asks_what_it_may_and_what_it_costs()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        foreach (
            var text in (string[])
                [
                    "Margin Notes",
                    "Paper Lantern",
                    "paperlantern.example",
                    "A request that costs <span class=\"money\">$0.0100</span>",
                    "$0.0115",
                    "margin.example",
                    "name=\"monthly_limit\"",
                    Email,
                ]
        )
        {
            Assert.Contains(text, browser.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    [OAuthCase("CN12")]
    public async Task Allowing_makes_the_project_that_pays_and_sends_the_person_back_with_a_code()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var wish = await AskedAsync(host, browser);

        await browser.SubmitAsync(
            Decision,
            ("new_project", "Personal"),
            ("monthly_limit", "12.50"),
            ("scopes", Scopes.ModelsRead),
            ("decision", "allow")
        );

        // A browser must not post the form on to the app.
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.StartsWith(Callback + "?code=gw_ac_", browser.Location, StringComparison.Ordinal);
        Assert.Contains("&state=state-1", browser.Location, StringComparison.Ordinal);
        var (_, scope) = await RedeemAsync(host, browser.Location, wish);
        // What was unticked is not granted.
        Assert.Equal($"{Scopes.Inference} {Scopes.ModelsRead}", scope);
        var grant = Assert.Single(await GrantsOfAsync(host, Email));
        Assert.Equal(NanoUsd.FromCents(1_250), grant.Grant.MonthlyLimit);
        Assert.Equal(1_500, grant.Grant.MarkupBps);
    }

    [Fact]
    [OAuthCase("CN08")]
    public async Task Denying_tells_the_app_and_grants_nothing()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        await browser.SubmitAsync(Decision, ("new_project", ""), ("decision", "deny"));
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.StartsWith(
            Callback + "?error=access_denied",
            browser.Location,
            StringComparison.Ordinal
        );
        Assert.Empty(await GrantsOfAsync(host, Email));
    }

    [Theory]
    [InlineData("", "10", "Give the project a name")]
    [InlineData("Personal", "-1", "Write dollars and cents")]
    [InlineData("Personal", "ten", "Write dollars and cents")]
    [InlineData("Personal", "1.234", "Write dollars and cents")]
    public async Task What_was_typed_wrong_is_said_beside_its_field_and_can_be_corrected(
        string project,
        string limit,
        string error
    )
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        await browser.SubmitAsync(
            Decision,
            ("new_project", project),
            ("monthly_limit", limit),
            ("decision", "allow")
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        Assert.Contains(error, browser.Html, StringComparison.Ordinal);

        await browser.SubmitAsync(Decision, ("new_project", "Home"), ("decision", "allow"));
        Assert.StartsWith(Callback + "?code=", browser.Location, StringComparison.Ordinal);
    }

    [OAuthCase("CN01")]
    [Fact]
    public async Task A_decision_needs_the_token_of_its_own_session_and_is_never_made_by_a_link()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        var form = browser.HiddenOf(Decision);
        (string, string)[] allow = [("new_project", "Personal"), ("decision", "allow")];
        using var other = new FormBrowser(host);
        await other.SignInAsync("mallory@example.com");
        await other.OpenAsync("/account");
        var foreign = other.HiddenOf("/sign-out").Single(field => field.Name == "csrf");
        var without = form.Where(field => field.Name != "csrf").ToArray();

        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(Decision, [.. without, .. allow])
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(Decision, [.. without, foreign, .. allow])
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(Decision, [.. form, .. allow], ("Sec-Fetch-Site", "cross-site"))
        );
        var query = string.Join('&', form.Concat(allow).Select(f => $"{f.Item1}={f.Item2}"));
        await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Decision}?{query}"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, browser.Last.StatusCode);
        Assert.Empty(await GrantsOfAsync(host, Email));
        Assert.Empty(await GrantsOfAsync(host, "mallory@example.com"));
        await using var connection = await host.Gateway.Database.OpenAsync(Ct);
        Assert.Equal(
            0,
            connection.QueryOne("SELECT COUNT(*) FROM oauth_code", row => row.GetInt64(0))
        );
        // The page itself is untouched by all that, and its own form still counts.
        await browser.PostAsync(Decision, [.. form, .. allow]);
        Assert.StartsWith(Callback + "?code=", browser.Location, StringComparison.Ordinal);
    }

    [OAuthCase("CN02")]
    [Fact]
    public async Task The_form_cannot_change_what_was_asked_for()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var wish = await AskedAsync(host, browser);
        await browser.SubmitAsync(
            Decision,
            ("new_project", "Personal"),
            ("decision", "allow"),
            ("scope", "email profile"),
            ("scopes", Scopes.Email),
            ("redirect_uri", "https://evil.example/cb"),
            ("client_id", "gw_app_other"),
            ("code_challenge", "x"),
            ("markup_bps", "0")
        );
        Assert.StartsWith(Callback + "?code=", browser.Location, StringComparison.Ordinal);
        var (_, scope) = await RedeemAsync(host, browser.Location, wish);
        Assert.Equal(Scopes.Inference, scope);
        Assert.Equal(1_500, Assert.Single(await GrantsOfAsync(host, Email)).Grant.MarkupBps);
    }

    [OAuthCase("CN04")]
    [Fact]
    public async Task A_request_that_one_person_opened_is_not_decided_by_another()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        var form = browser.HiddenOf(Decision);
        // Another tab of the same browser.
        await browser.OpenAsync("/account");
        await browser.SubmitAsync("/sign-out");
        await browser.SignInAsync("mallory@example.com");
        await browser.OpenAsync("/account");
        var token = browser.HiddenOf("/sign-out").Single(field => field.Name == "csrf");
        (string, string)[] allow = [("new_project", "Personal"), ("decision", "allow")];

        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(Decision, [.. form, .. allow])
        );
        var forged = form.Select(field => field.Name == "csrf" ? token : field);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await browser.PostAsync(Decision, [.. forged, .. allow])
        );
        Assert.Empty(await GrantsOfAsync(host, Email));
        Assert.Empty(await GrantsOfAsync(host, "mallory@example.com"));
    }

    [Fact]
    public async Task Whoever_is_the_wrong_person_signs_in_as_another_and_goes_on()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await AskedAsync(host, browser);
        await browser.SubmitAsync("/sign-in/switch");
        await browser.OpenAsync(browser.Location);
        await browser.SubmitAsync("/sign-in", ("email", "mallory@example.com"));
        await browser.TypeCodeAsync("mallory@example.com");
        await browser.OpenAsync(browser.Location);
        Assert.Contains("mallory@example.com", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync(Decision, ("new_project", "Hers"), ("decision", "allow"));
        Assert.StartsWith(Callback + "?code=", browser.Location, StringComparison.Ordinal);
        Assert.Empty(await GrantsOfAsync(host, Email));
        Assert.Single(await GrantsOfAsync(host, "mallory@example.com"));
    }

    [OAuthCase("AZ01", "AZ02")]
    [Theory]
    [InlineData("")]
    [InlineData("?client_id=gw_app_unknown&redirect_uri=https://evil.example/cb&scope=nonsense")]
    public async Task A_request_that_nobody_vouches_for_is_a_page_and_never_a_redirect(string query)
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.OpenAsync("/oauth/authorize" + query);
        Assert.Equal(HttpStatusCode.BadRequest, browser.Last.StatusCode);
        Assert.Equal("text/html", browser.Last.Content.Headers.ContentType?.MediaType);
        Assert.Equal("", browser.Location);
    }

    [OAuthCase("AZ25")]
    [Fact]
    public async Task A_posted_request_leads_to_a_page_and_is_never_consent()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        var app = await host.NewAppAsync(Callback);
        var wish = new AuthorizeWish(app, Callback);
        var fields = wish
            .Query.Split('&')
            .Select(pair => pair.Split('='))
            .Select(pair => (pair[0], Uri.UnescapeDataString(pair[1])))
            .ToArray();

        await browser.PostAsync("/oauth/authorize", fields, ("Origin", "https://margin.example"));
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.StartsWith("/oauth/authorize/", browser.Location, StringComparison.Ordinal);
        await browser.OpenAsync(browser.Location);
        Assert.Contains("wants to use your balance", browser.Html, StringComparison.Ordinal);
        Assert.Empty(await GrantsOfAsync(host, Email));

        var json = new HttpRequestMessage(HttpMethod.Post, "/oauth/authorize")
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        Assert.Equal(HttpStatusCode.BadRequest, await browser.SendAsync(json));
    }

    [OAuthCase("AZ26")]
    [Fact]
    public async Task What_comes_from_outside_is_shown_as_text()
    {
        const string Evil = "\"><script>alert(1)</script>";
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var app = await host.NewAppAsync(
            Callback,
            about => about with { Description = Evil, PublisherName = "Tom & 'Jerry'" }
        );
        var wish = new AuthorizeWish(app, Callback) { State = Evil };
        var hint = "&login_hint=" + Uri.EscapeDataString(Evil + "@example.com");
        await browser.OpenAsync(wish.Path + hint);
        Assert.DoesNotContain("<script>alert", browser.Html, StringComparison.Ordinal);
        await browser.SignInAsync(Email);
        await browser.OpenAsync(wish.Path);
        Assert.Contains("&lt;script&gt;alert", browser.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", browser.Html, StringComparison.Ordinal);
        await browser.OpenAsync("/connect?user_code=" + Uri.EscapeDataString("\"><script>x"));
        Assert.DoesNotContain("\"><script>x", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_scheme_gets_its_redirect_and_a_link_to_return_by()
    {
        const string Scheme = "myapp://oauth/callback";
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        var wish = new AuthorizeWish(await host.NewAppAsync(Scheme), Scheme);
        await browser.OpenAsync(wish.Path);
        await browser.SubmitAsync(Decision, ("new_project", "Personal"), ("decision", "allow"));
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        Assert.StartsWith(Scheme + "?code=", browser.Location, StringComparison.Ordinal);
        Assert.Contains("Return to the app", browser.Html, StringComparison.Ordinal);
    }

    private static async Task<AuthorizeWish> AskedAsync(PagesHost host, FormBrowser browser)
    {
        await browser.SignInAsync(Email);
        var wish = new AuthorizeWish(await host.NewAppAsync(Callback), Callback);
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync(wish.Path));
        return wish;
    }

    private static async Task<(string Key, string Scope)> RedeemAsync(
        PagesHost host,
        string location,
        AuthorizeWish wish
    )
    {
        var code = location.Split("code=")[1].Split('&')[0];
        using var client = new HttpClient { BaseAddress = host.Address };
        var answer = await client.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "authorization_code",
                    ["code"] = code,
                    ["redirect_uri"] = wish.RedirectUri,
                    ["code_verifier"] = wish.Verifier,
                    ["client_id"] = wish.App.Id.Value,
                }
            ),
            Ct
        );
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        return (
            json.RootElement.GetProperty("access_token").GetString()!,
            json.RootElement.GetProperty("scope").GetString()!
        );
    }

    private static async Task<IReadOnlyList<GrantedConnection>> GrantsOfAsync(
        PagesHost host,
        string email
    )
    {
        Assert.False(EmailAddress.Read(email).Denied(out _, out var address));
        var people = host.Services.GetRequiredService<People>();
        return await people.FindByEmailAsync(address, Ct) is { } person
            ? await host.Services.GetRequiredService<GrantedConnections>().ListAsync(person.Id, Ct)
            : [];
    }
}
