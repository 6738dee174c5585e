using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

public sealed partial class ConsolePageTests
{
    private const string Email = "ada@example.com";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_made_shown_once_used_limited_rolled_and_revoked()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var secret = await MakeKeyAsync(host, browser, "5");
        await host.GrantAsync("home");
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(host, secret));

        await browser.OpenAsync("/console/keys");
        Assert.DoesNotContain(secret, browser.Html, StringComparison.Ordinal);
        Assert.Contains("of $5.00", browser.Html, StringComparison.Ordinal);
        var key = KeyLink().Match(browser.Html).Value;

        await browser.OpenAsync(key);
        await browser.SubmitAsync(key + "/limit", ("monthly_limit", "7.50"));
        Assert.Equal(key, browser.Location);
        await browser.OpenAsync(key);
        Assert.Contains("value=\"7.50\"", browser.Html, StringComparison.Ordinal);

        await browser.OpenAsync(key + "/roll");
        await browser.SubmitAsync(key + "/roll", ("grace", "now"));
        var rolled = Secret().Match(browser.Html).Value;
        Assert.Equal(HttpStatusCode.Unauthorized, await ChatAsync(host, secret));
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(host, rolled));

        await browser.OpenAsync("/console/keys");
        var next = KeyLink().Match(browser.Html).Value;
        await browser.OpenAsync(next + "/revoke");
        await browser.SubmitAsync(next + "/revoke");
        Assert.Equal(HttpStatusCode.Unauthorized, await ChatAsync(host, rolled));
    }

    [Fact]
    public async Task Usage_and_receipts_add_up_to_what_was_charged()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        var secret = await MakeKeyAsync(host, browser, "");
        await host.GrantAsync("home");
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(host, secret));

        await browser.OpenAsync("/console/usage?days=7");
        Assert.Contains("Spent by day", browser.Html, StringComparison.Ordinal);
        Assert.Contains(
            "Laptop (gw_sk_",
            WebUtility.HtmlDecode(browser.Html),
            StringComparison.Ordinal
        );
        await browser.OpenAsync("/console/receipts");
        var link = ReceiptLink().Match(browser.Html).Value;
        await browser.OpenAsync(link);
        foreach (
            var text in (string[])
                ["Provider's price", "Gateway", "You were charged", "Unit prices", "Signed receipt"]
        )
        {
            Assert.Contains(text, WebUtility.HtmlDecode(browser.Html), StringComparison.Ordinal);
        }

        using var stranger = new FormBrowser(host);
        await stranger.SignInAsync("mallory@example.com");
        Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync(link));
    }

    [Fact]
    public async Task Nobody_sees_or_changes_what_belongs_to_another()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await MakeKeyAsync(host, browser, "");
        await browser.OpenAsync("/console/keys");
        var key = KeyLink().Match(browser.Html).Value;
        using var stranger = new FormBrowser(host);
        await stranger.SignInAsync("mallory@example.com");
        await stranger.OpenAsync("/account");
        var token = stranger.HiddenOf("/sign-out").Single(field => field.Name == "csrf");

        Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync(key));
        Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync("/console/projects/home"));
        Assert.Equal(HttpStatusCode.NotFound, await stranger.PostAsync(key + "/revoke", [token]));
        Assert.Equal(
            HttpStatusCode.NotFound,
            await stranger.PostAsync(key + "/roll", [token, ("grace", "now")])
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            await stranger.PostAsync("/console/projects/home/name", [token, ("name", "Mine")])
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            await stranger.PostAsync("/console/projects/home/close", [token, ("confirm", "home")])
        );
        await browser.OpenAsync(key);
        Assert.Contains("Revoke this key", browser.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_is_limited_paused_resumed_and_ended()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await CreateProjectAsync(browser);
        var (path, id) = await ConnectAsync(host);
        async Task<GrantedConnection> NowAsync() =>
            (await host.Services.GetRequiredService<GrantedConnections>().FindAsync(id, Ct))!;

        await browser.OpenAsync("/console/connections");
        Assert.Contains("Margin Notes", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync(path + "/pause");
        Assert.Equal(ConnectionState.Paused, (await NowAsync()).State);
        await browser.OpenAsync("/console/connections");
        await browser.SubmitAsync(path + "/resume");
        Assert.Equal(ConnectionState.Active, (await NowAsync()).State);
        await browser.OpenAsync(path);
        await browser.SubmitAsync(path + "/limit", ("monthly_limit", "0.50"));
        Assert.Equal(NanoUsd.FromCents(50), (await NowAsync()).Grant.MonthlyLimit);
        await browser.OpenAsync(path + "/end");
        await browser.SubmitAsync(path + "/end");
        Assert.Equal(ConnectionState.Revoked, (await NowAsync()).State);
    }

    [Fact]
    public async Task A_project_is_made_renamed_and_closed()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await CreateProjectAsync(browser);
        await browser.OpenAsync("/console/projects/home");
        await browser.SubmitAsync("/console/projects/home/name", ("name", "House & garden"));
        await browser.OpenAsync("/console/projects");
        Assert.Contains("House &amp; garden", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/console/projects", ("name", "Other"), ("slug", "home"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        Assert.Contains("is taken", browser.Html, StringComparison.Ordinal);
        await browser.OpenAsync("/console/projects/home/close");
        await browser.SubmitAsync("/console/projects/home/close", ("confirm", "yes"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, browser.Last.StatusCode);
        await browser.SubmitAsync("/console/projects/home/close", ("confirm", "home"));
        Assert.Equal(HttpStatusCode.NotFound, await browser.OpenAsync("/console/projects/home"));
    }

    [Fact]
    public async Task The_account_takes_a_name_another_address_and_its_end()
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await browser.OpenAsync("/account");
        await browser.SubmitAsync("/account/name", ("name", "Ada"));
        await browser.OpenAsync("/account");
        Assert.Contains("value=\"Ada\"", browser.Html, StringComparison.Ordinal);

        await browser.OpenAsync("/account/email");
        await browser.SubmitAsync("/account/email", ("email", "new@example.com"));
        Assert.Contains("Look into the new mailbox", browser.Html, StringComparison.Ordinal);
        var mail = await host.MailAsync("new@example.com", "Confirm your new address");
        var path = new Uri(LinkOf(mail)).AbsolutePath;
        await browser.OpenAsync(path);
        await browser.SubmitAsync(path);
        await browser.OpenAsync("/account");
        Assert.Contains("new@example.com", browser.Html, StringComparison.Ordinal);

        await browser.OpenAsync("/account/delete");
        await browser.SubmitAsync("/account/delete", ("confirm", "new@example.com"));
        Assert.Equal("/sign-in", browser.Location);
        await browser.OpenAsync("/account");
        Assert.Contains("Send me a code", browser.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/console/keys/new")]
    [InlineData("/account/email")]
    [InlineData("/account/delete")]
    [InlineData("/account/passkeys/new")]
    public async Task What_reveals_or_ends_something_wants_a_sign_in_of_the_last_minutes(
        string path
    )
    {
        await using var host = await PagesHost.StartAsync();
        using var browser = new FormBrowser(host);
        await browser.SignInAsync(Email);
        await AgeSessionsAsync(host);
        await browser.OpenAsync(path);
        Assert.Contains("Confirm that it is you", browser.Html, StringComparison.Ordinal);
        await browser.SubmitAsync("/sign-in");
        await browser.TypeCodeAsync(Email);
        Assert.Equal(path, browser.Location);
    }

    private static Task AgeSessionsAsync(PagesHost host) =>
        host.Gateway.Database.WriteAsync(connection =>
            connection.Execute("UPDATE session SET authenticated_at = authenticated_at - 660000")
        );

    private static async Task<string> MakeKeyAsync(
        PagesHost host,
        FormBrowser browser,
        string limit
    )
    {
        await browser.SignInAsync(Email);
        await CreateProjectAsync(browser);
        await browser.OpenAsync("/console/keys/new");
        await browser.SubmitAsync(
            "/console/keys",
            [
                ("name", "Laptop"),
                ("project", "home"),
                ("monthly_limit", limit),
                .. Scopes.OfAnOwnKey.Select(scope => ("scopes", scope)),
            ]
        );
        Assert.Equal(HttpStatusCode.OK, browser.Last.StatusCode);
        return Secret().Match(browser.Html).Value;
    }

    private static async Task CreateProjectAsync(FormBrowser browser)
    {
        await browser.OpenAsync("/console/projects");
        await browser.SubmitAsync("/console/projects", ("name", "Home"), ("slug", "home"));
        Assert.Equal("/console/projects/home", browser.Location);
    }

    private static async Task<(string Path, ConnectionId Id)> ConnectAsync(PagesHost host)
    {
        var app = await host.NewAppAsync("https://margin.example/callback");
        var projects = host.Services.GetRequiredService<Projects>();
        var project = (await projects.FindBySlugAsync("home", Ct))!;
        var id = ConnectionId.New();
        await host
            .Services.GetRequiredService<Connections>()
            .AgreeAsync(
                new Connection
                {
                    Id = id,
                    Owner = project.Owner,
                    Project = project.Id,
                    App = app.Id,
                    Scopes = [Scopes.Inference],
                    MarkupBps = 1_500,
                },
                Ct
            );
        return ($"/console/connections/{id}", id);
    }

    private static async Task<HttpStatusCode> ChatAsync(PagesHost host, string key)
    {
        using var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var answer = await client.PostAsync(
            "/v1/chat/completions",
            new StringContent(
                """{"model":"gpt-5.4-mini","messages":[{"role":"user","content":"Hi"}],"max_tokens":64}""",
                Encoding.UTF8,
                "application/json"
            ),
            Ct
        );
        return answer.StatusCode;
    }

    private static string LinkOf(DevMail mail) =>
        mail.Text.Split().First(word => word.StartsWith("http", StringComparison.Ordinal));

    [GeneratedRegex("gw_sk_[0-9A-Za-z]{49}", RegexOptions.None, 5000)]
    private static partial Regex Secret();

    [GeneratedRegex("/console/keys/key_[0-9a-f]+", RegexOptions.None, 5000)]
    private static partial Regex KeyLink();

    [GeneratedRegex("/console/receipts/gen_[0-9a-f]+", RegexOptions.None, 5000)]
    private static partial Regex ReceiptLink();
}
