using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Playwright;

namespace Arda.Gateway.Tests.Pages;

/// <summary>A person with a real browser, from the app's page to an answer that they paid
/// for.</summary>
public sealed class BrowserWalkTests(Chromium chromium)
{
    private const string Email = "ada@example.com";
    private const string Refused = "refused: ";

    private static readonly string[] s_navigations =
    [
        "Page.frameRequestedNavigation",
        "Page.frameScheduledNavigation",
        "Network.requestWillBeSent",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [OAuthCase("CN06")]
    [Theory]
    [InlineData("https")]
    [InlineData("loopback")]
    [InlineData("hop")]
    public async Task A_person_goes_from_an_app_to_consent_and_back_and_the_key_works(string way)
    {
        await using var host = await PagesHost.StartAsync();
        await using var app = await CallbackApp.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var registered = way switch
        {
            "https" => $"{app.Https}callback",
            "hop" => $"{app.Https}hop",
            _ => "http://127.0.0.1/callback",
        };
        // A native app registers no port and uses the one it got.
        var redirectUri = way == "loopback" ? $"{app.Http}callback" : registered;
        var wish = new AuthorizeWish(await host.NewAppAsync(registered), redirectUri);
        app.StartAt = new Uri(host.Address, wish.Path).ToString();
        var asked = await RequestsAsync(context, page);

        await page.GotoAsync(app.Http.ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "Connect" }).ClickAsync();
        await SignInAsync(host, page);
        await page.GetByLabel("Name the project that pays").FillAsync("Personal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();

        if (way == "hop")
        {
            await WaitForAsync(() =>
                asked.Any(url => url.StartsWith("myapp://back?code=", StringComparison.Ordinal))
            );
            Assert.DoesNotContain(asked, url => url.StartsWith(Refused, StringComparison.Ordinal));
            return;
        }

        await page.GetByText("Back in the app").WaitForAsync();
        await AssertKeyWorksAsync(host, wish, page.Url);
    }

    [Fact]
    [OAuthCase("CN06")]
    public async Task A_custom_scheme_is_opened_and_the_page_keeps_a_link_to_it()
    {
        const string Scheme = "myapp://oauth/callback";
        await using var host = await PagesHost.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var wish = new AuthorizeWish(await host.NewAppAsync(Scheme), Scheme);
        var asked = await RequestsAsync(context, page);

        await page.GotoAsync(new Uri(host.Address, wish.Path).ToString());
        await SignInAsync(host, page);
        await page.GetByLabel("Name the project that pays").FillAsync("Personal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();

        var link = page.GetByRole(AriaRole.Link, new() { Name = "Return to the app" });
        await link.WaitForAsync();
        var target = await link.GetAttributeAsync("href");
        Assert.StartsWith(Scheme + "?code=gw_ac_", target, StringComparison.Ordinal);
        await WaitForAsync(() => asked.Contains(target!));
        await AssertKeyWorksAsync(host, wish, target!);
    }

    [Fact]
    public async Task A_custom_scheme_is_reached_without_script_too()
    {
        const string Scheme = "myapp://oauth/callback";
        await using var host = await PagesHost.StartAsync();
        await using var context = await NewContextAsync(javaScript: false);
        var page = await context.NewPageAsync();
        var wish = new AuthorizeWish(await host.NewAppAsync(Scheme), Scheme);
        var asked = await RequestsAsync(context, page);

        await page.GotoAsync(new Uri(host.Address, wish.Path).ToString());
        await SignInAsync(host, page);
        await page.GetByLabel("Name the project that pays").FillAsync("Personal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();
        await WaitForAsync(() =>
            asked.Any(url => url.StartsWith(Scheme + "?code=", StringComparison.Ordinal))
        );
        Assert.DoesNotContain(asked, url => url.StartsWith(Refused, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_device_is_connected_from_a_second_browser()
    {
        await using var host = await PagesHost.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var app = await host.NewAppAsync("http://127.0.0.1/callback");
        using var device = new HttpClient { BaseAddress = host.Address };
        using var started = await PostAsync(
            device,
            "/oauth/device/code",
            new() { ["client_id"] = app.Id.Value }
        );

        await page.GotoAsync(
            started.RootElement.GetProperty("verification_uri_complete").GetString()!
        );
        await SignInAsync(host, page);
        await page.GetByText("Does this code match your device?").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { Name = "Deny" }))
            .ToBeFocusedAsync();
        await page.GetByLabel("Name the project that pays").FillAsync("Personal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Connected" }).WaitForAsync();

        using var token = await PostAsync(
            device,
            "/oauth/token",
            new()
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
                ["device_code"] = started.RootElement.GetProperty("device_code").GetString()!,
                ["client_id"] = app.Id.Value,
            }
        );
        await AssertAnswersAsync(host, token.RootElement.GetProperty("access_token").GetString()!);
    }

    [Fact]
    public async Task A_passkey_is_added_and_signs_in()
    {
        await using var host = await PagesHost.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var session = await context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        await session.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new Dictionary<string, object>
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );

        await page.GotoAsync(new Uri(host.Address, "/account/passkeys/new").ToString());
        await SignInAsync(host, page);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Virtual key");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the passkey" }).ClickAsync();
        await page.GetByText("Virtual key").First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true })
            .ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);
    }

    [OAuthCase("AZ26")]
    [Fact]
    public async Task Injected_script_does_not_run_anywhere()
    {
        await using var host = await PagesHost.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var ran = false;
        page.Dialog += (_, dialog) =>
        {
            ran = true;
            _ = dialog.DismissAsync();
        };
        const string Evil = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>";
        const string Callback = "https://margin.example/callback";
        var app = await host.NewAppAsync(Callback, about => about with { Description = Evil });
        var wish = new AuthorizeWish(app, Callback) { State = Evil };
        var hint = "&login_hint=" + Uri.EscapeDataString(Evil);
        await page.GotoAsync(new Uri(host.Address, wish.Path + hint).ToString());
        await SignInAsync(host, page);
        await page.GetByText("wants to use your balance").WaitForAsync();
        await page.GotoAsync(
            new Uri(host.Address, "/connect?user_code=" + Uri.EscapeDataString(Evil)).ToString()
        );
        // What would slip through the encoding still has no nonce.
        await page.EvaluateAsync(
            "() => { const s = document.createElement('div'); s.innerHTML = '<img src=x onerror=alert(1)>'; document.body.append(s); }"
        );
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.False(ran);
    }

    private async Task<IBrowserContext> NewContextAsync(bool javaScript = true) =>
        await chromium.NewContextAsync(
            new BrowserNewContextOptions
            {
                IgnoreHTTPSErrors = true,
                JavaScriptEnabled = javaScript,
            }
        );

    private static async Task SignInAsync(PagesHost host, IPage page)
    {
        await page.GetByLabel("E-mail address").FillAsync(Email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send me a code" }).ClickAsync();
        await page.GetByLabel("Code from the mail").WaitForAsync();
        await page.GetByLabel("Code from the mail").FillAsync(await CodeAsync(host));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).First.WaitForAsync();
    }

    // As anybody on this machine reads it.
    private static async Task<string> CodeAsync(PagesHost host)
    {
        await host.MailAsync(Email);
        using var client = new HttpClient { BaseAddress = host.Address };
        using var mails = JsonDocument.Parse(await client.GetStringAsync("/dev/mailbox.json", Ct));
        var text = mails.RootElement[0].GetProperty("text").GetString()!;
        return string.Concat(text.Split('\n')[0].Where(char.IsAsciiDigit));
    }

    // Every address the browser was told to open, those it hands to other programs included.
    private static async Task<ConcurrentQueue<string>> RequestsAsync(
        IBrowserContext context,
        IPage page
    )
    {
        ConcurrentQueue<string> asked = [];
        page.Request += (_, request) => asked.Enqueue(request.Url);
        page.Response += (_, response) =>
        {
            if (response.Headers.TryGetValue("location", out var location))
            {
                asked.Enqueue(location);
            }
        };
        // A redirect that the policy of the page cuts is only told to the console.
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("form-action", StringComparison.Ordinal))
            {
                asked.Enqueue(Refused + message.Text);
            }
        };
        var session = await context.NewCDPSessionAsync(page);
        foreach (var name in s_navigations)
        {
            session.Event(name).OnEvent += (_, args) =>
            {
                if (args is { } json && UrlOf(json) is { } url)
                {
                    asked.Enqueue(url);
                }
            };
        }

        await session.SendAsync("Page.enable");
        await session.SendAsync("Network.enable");
        return asked;
    }

    private static string? UrlOf(JsonElement json) =>
        json.TryGetProperty("url", out var url) ? url.GetString()
        : json.TryGetProperty("request", out var request) ? request.GetProperty("url").GetString()
        : null;

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    private static async Task AssertKeyWorksAsync(PagesHost host, AuthorizeWish wish, string url)
    {
        var code = url.Split("code=")[1].Split('&')[0];
        using var client = new HttpClient { BaseAddress = host.Address };
        using var token = await PostAsync(
            client,
            "/oauth/token",
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = wish.RedirectUri,
                ["code_verifier"] = wish.Verifier,
                ["client_id"] = wish.App.Id.Value,
            }
        );
        await AssertAnswersAsync(host, token.RootElement.GetProperty("access_token").GetString()!);
    }

    // A project that is new has no money yet: the key is known, and it is the balance that is asked
    // for.
    private static async Task AssertAnswersAsync(PagesHost host, string key)
    {
        using var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        await host.GrantAsync("personal");
        var answer = await client.PostAsync(
            "/v1/chat/completions",
            new StringContent(
                """{"model":"gpt-5.4-mini","messages":[{"role":"user","content":"Hi"}],"max_tokens":64}""",
                Encoding.UTF8,
                "application/json"
            ),
            Ct
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    private static async Task<JsonDocument> PostAsync(
        HttpClient client,
        string path,
        Dictionary<string, string> form
    )
    {
        var answer = await client.PostAsync(path, new FormUrlEncodedContent(form), Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }
}
