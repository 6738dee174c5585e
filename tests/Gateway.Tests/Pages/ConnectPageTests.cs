using System.Net;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

public sealed class ConnectPageTests
{
    private const string Email = "ada@example.com";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [OAuthCase("DV12")]
    [Fact]
    public async Task The_page_of_a_code_shows_who_asks_and_makes_denying_the_easy_choice()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var code = await NewCodeAsync(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/connect");
        await browser.SubmitAsync("/connect", ("user_code", code.ToLowerInvariant()));

        Assert.Equal(HttpStatusCode.OK, browser.Last.StatusCode);
        foreach (
            var text in (string[])
                [
                    "Only continue if you started this on your own device",
                    "Arda never sends you a code",
                    "Margin Notes",
                    "Paper Lantern",
                    "paperlantern.example",
                    "127.0.0.1",
                    "Less than a minute ago",
                    code,
                ]
        )
        {
            Assert.Contains(text, browser.Html, StringComparison.Ordinal);
        }

        Assert.Contains(
            "value=\"deny\" formnovalidate autofocus",
            browser.Html,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("value=\"allow\" autofocus", browser.Html, StringComparison.Ordinal);
    }

    [OAuthCase("DV10")]
    [Fact]
    public async Task A_link_with_a_code_fills_the_field_and_changes_nothing()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var code = await NewCodeAsync(host);
        var before = await RowAsync(host);
        // With a project that could pay, so that nothing but the button is missing.
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/console/projects");
        await browser.SubmitAsync("/console/projects", ("name", "Home"), ("slug", "home"));
        await browser.OpenAsync("/account");
        await browser.SubmitAsync("/sign-out");
        await browser.OpenAsync("/connect?user_code=" + code);
        await browser.SubmitAsync("/sign-in", ("email", Email));
        await browser.TypeCodeAsync(Email);
        Assert.Equal("/connect?user_code=" + code, browser.Location);

        await browser.OpenAsync(browser.Location);
        Assert.Contains(
            "Does this code match your device?",
            browser.Html,
            StringComparison.Ordinal
        );
        Assert.Contains($"value=\"{code}\"", browser.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"allow\"", browser.Html, StringComparison.Ordinal);
        Assert.Empty(await GrantsAsync(host));
        Assert.Equal(before, await RowAsync(host));

        // Nor does the next page grant anything before its button.
        await browser.SubmitAsync("/connect", ("user_code", code));
        Assert.Contains("value=\"allow\"", browser.Html, StringComparison.Ordinal);
        Assert.Empty(await GrantsAsync(host));
        Assert.Equal(before, await RowAsync(host));
    }

    [Fact]
    public async Task Allowing_connects_the_device_and_a_link_in_the_mail_ends_it()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var code = await NewCodeAsync(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/connect");
        await browser.SubmitAsync("/connect", ("user_code", code));
        await browser.SubmitAsync(
            "/connect/decision",
            ("new_project", "Personal"),
            ("monthly_limit", "5"),
            ("decision", "allow")
        );
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        await browser.OpenAsync(browser.Location);
        Assert.Contains("Connected", browser.Html, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Active, Assert.Single(await GrantsAsync(host)).State);

        var mail = await host.MailAsync(Email, "Margin Notes is connected to your account");
        var link = mail
            .Text.Split()
            .Single(word => word.Contains("/connections/revoke/", StringComparison.Ordinal));
        using var anyone = new FormBrowser(host);
        var path = new Uri(link).AbsolutePath;
        await anyone.OpenAsync(path);
        Assert.Equal(ConnectionState.Active, Assert.Single(await GrantsAsync(host)).State);
        await anyone.SubmitAsync(path);
        Assert.Equal(ConnectionState.Revoked, Assert.Single(await GrantsAsync(host)).State);
    }

    [Fact]
    public async Task Denying_says_so_and_connects_nothing()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var code = await NewCodeAsync(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/connect");
        await browser.SubmitAsync("/connect", ("user_code", code));
        await browser.SubmitAsync("/connect/decision", ("new_project", ""), ("decision", "deny"));
        await browser.OpenAsync(browser.Location);
        Assert.Contains("Denied", browser.Html, StringComparison.Ordinal);
        Assert.Empty(await GrantsAsync(host));
    }

    [Fact]
    public async Task Too_many_wrong_codes_end_the_guessing()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/connect");
        var form = browser.HiddenOf("/connect");
        for (var i = 0; i < 6; i++)
        {
            await browser.PostAsync("/connect", [.. form, ("user_code", "CCCC-CCC" + "BCDFGH"[i])]);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, browser.Last.StatusCode);
        Assert.Contains("Too many tries", browser.Html, StringComparison.Ordinal);
    }

    // All that a decision would change.
    private static async Task<(string State, string? Owner, string? Connection)> RowAsync(
        PagesHost host
    )
    {
        await using var connection = await host.Gateway.Database.OpenAsync(Ct);
        return connection
            .Query(
                "SELECT state, owner, connection FROM oauth_device_code",
                row => (row.GetString(0), row.TextOrNull(1), row.TextOrNull(2))
            )
            .Single();
    }

    private static async Task<string> NewCodeAsync(PagesHost host)
    {
        var app = await host.NewAppAsync("http://127.0.0.1/callback");
        using var client = new HttpClient { BaseAddress = host.Address };
        var answer = await client.PostAsync(
            "/oauth/device/code",
            new FormUrlEncodedContent(
                new Dictionary<string, string> { ["client_id"] = app.Id.Value }
            ),
            Ct
        );
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("user_code").GetString()!;
    }

    private static async Task<IReadOnlyList<GrantedConnection>> GrantsAsync(PagesHost host)
    {
        Assert.False(EmailAddress.Read(Email).Denied(out _, out var address));
        var person = await host.Services.GetRequiredService<People>().FindByEmailAsync(address, Ct);
        var granted = host.Services.GetRequiredService<GrantedConnections>();
        return await granted.ListAsync(person!.Id, Ct);
    }
}
