using System.Text.Json;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Playwright;

namespace Arda.Gateway.Tests.Pages;

/// <summary>What a real browser makes of pages on which somebody else chose some of the
/// words.</summary>
public sealed class BrowserTrustTests(Chromium chromium)
{
    private const string Evil =
        "\"'><img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
    private const string Callback = "https://margin.example/callback";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [OAuthCase("AZ26")]
    public async Task What_strangers_wrote_is_text_in_every_page()
    {
        await using var host = await PagesHost.StartAsync();
        await using var context = await chromium.NewContextAsync();
        var page = await context.NewPageAsync();
        var app = await host.NewAppAsync(Callback, about => about with { DeviceCodes = true });
        // No rule lets such words in; the pages must not rely on that.
        await host.Gateway.Database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE app SET name = @evil, description = @evil, publisher_name = @evil,
                       verified_domain = @evil, review_note = @evil
                """,
                ("evil", Evil)
            )
        );
        var escaped = Uri.EscapeDataString(Evil);
        var wish = new AuthorizeWish(app, Callback) { State = Evil };
        await OpenAsync(host, page, $"{wish.Path}&login_hint={escaped}", shows: null);
        await BrowserWalkTests.SignInAsync(host, page);
        await AssertIsTextAsync(page, shows: Evil);
        await OpenAsync(host, page, $"/sign-in?error=x&error_description={escaped}", shows: null);
        await OpenAsync(
            host,
            page,
            $"/oauth/authorize?error_description={escaped}&client_id={escaped}&state={escaped}",
            shows: null
        );
        await OpenAsync(host, page, $"/connect?user_code={escaped}", shows: null);
        await page.GetByLabel("Code on the device").FillAsync("<b>x</b>\"'>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.GetByText("This code is not valid").WaitForAsync();
        await AssertIsTextAsync(page, shows: null);
        await ReviewAsync(host, page, app.Id.Value);
        await AssertIsTextAsync(page, shows: Evil);
        await page.GetByLabel("Name the project that pays").FillAsync("Personal");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Connected" }).WaitForAsync();
        await OpenAsync(host, page, "/console/connections", shows: Evil);
    }

    // Should an escape ever be forgotten, the policy of the page still runs nothing of it.
    [Fact]
    [OAuthCase("AZ26")]
    public async Task The_policy_of_a_page_runs_no_script_that_slipped_in()
    {
        await using var host = await PagesHost.StartAsync();
        await using var context = await chromium.NewContextAsync();
        var page = await context.NewPageAsync();
        var wish = new AuthorizeWish(await host.NewAppAsync(Callback), Callback);
        await page.GotoAsync(new Uri(host.Address, wish.Path).ToString());
        await BrowserWalkTests.SignInAsync(host, page);
        var ran = await page.EvaluateAsync<bool>(
            """
            () => {
              const script = document.createElement('script');
              script.textContent = 'window.ran = 1';
              document.body.append(script);
              const button = document.createElement('button');
              button.setAttribute('onclick', 'window.ran = 1');
              document.body.append(button);
              button.click();
              const link = document.createElement('a');
              link.href = 'javascript:window.ran = 1';
              document.body.append(link);
              link.click();
              return window.ran === 1;
            }
            """
        );
        Assert.False(ran);
        Assert.False(await page.EvaluateAsync<bool>("() => window.ran === 1"));
    }

    [Fact]
    [OAuthCase("DV12")]
    public async Task A_code_that_somebody_else_asked_for_is_shown_with_all_that_makes_one_doubt()
    {
        await using var host = await PagesHost.StartAsync(
            ("Http:TrustedProxies:0", "127.0.0.1"),
            ("Http:TrustedProxies:1", "::1"),
            ("Http:CountryHeader", "CF-IPCountry")
        );
        await using var context = await chromium.NewContextAsync();
        var page = await context.NewPageAsync();
        var app = await host.NewAppAsync("http://127.0.0.1/callback");
        await page.GotoAsync(new Uri(host.Address, "/connect").ToString());
        await BrowserWalkTests.SignInAsync(host, page);
        var code = await ReviewAsync(
            host,
            page,
            app.Id.Value,
            "UPDATE oauth_device_code SET created_at = created_at - 240000",
            ("X-Forwarded-For", "203.0.113.77"),
            ("CF-IPCountry", "NL")
        );
        foreach (
            var text in (string[])
                [
                    "Only continue if you started this on your own device",
                    "Arda never sends you a code",
                    "Margin Notes",
                    "Paper Lantern",
                    "paperlantern.example",
                    "203.0.113.77",
                    "Country",
                    "NL",
                    "4 minutes ago",
                    "Use AI models and pay from your balance",
                    code,
                ]
        )
        {
            Assert.True(
                await page.GetByText(text).First.IsVisibleAsync(),
                $"{text} is not seen in: {await page.InnerTextAsync("body")}"
            );
        }

        var deny = page.GetByRole(AriaRole.Button, new() { Name = "Deny" });
        var allow = page.GetByRole(AriaRole.Button, new() { Name = "Allow" });
        await Assertions.Expect(deny).ToBeFocusedAsync();
        var (no, yes) = ((await deny.BoundingBoxAsync())!, (await allow.BoundingBoxAsync())!);
        Assert.Equal(yes.Width, no.Width, 1f);
        Assert.Equal(yes.Height, no.Height, 1f);
        Assert.Equal(yes.Y, no.Y, 1f);
        const string Weight = "e => getComputedStyle(e).fontSize + getComputedStyle(e).fontWeight";
        Assert.Equal(
            await allow.EvaluateAsync<string>(Weight),
            await deny.EvaluateAsync<string>(Weight)
        );
        // Whoever only presses Enter has denied.
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Denied" }).WaitForAsync();
    }

    private static async Task OpenAsync(PagesHost host, IPage page, string path, string? shows)
    {
        await page.GotoAsync(new Uri(host.Address, path).ToString());
        await AssertIsTextAsync(page, shows);
    }

    /// <summary>As a device asks for a code, and as its person types it in.</summary>
    private static async Task<string> ReviewAsync(
        PagesHost host,
        IPage page,
        string client,
        string? meanwhile = null,
        params (string Name, string Value)[] headers
    )
    {
        using var device = new HttpClient { BaseAddress = host.Address };
        foreach (var (name, value) in headers)
        {
            device.DefaultRequestHeaders.Add(name, value);
        }

        var form = new FormUrlEncodedContent([new("client_id", client)]);
        var answer = await device.PostAsync("/oauth/device/code", form, Ct);
        using var started = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ct));
        var code = started.RootElement.GetProperty("user_code").GetString()!;
        if (meanwhile is not null)
        {
            await host.Gateway.Database.WriteAsync(connection => connection.Execute(meanwhile));
        }

        await page.GotoAsync(new Uri(host.Address, "/connect").ToString());
        await page.GetByLabel("Code on the device").FillAsync(code);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Deny" }).WaitForAsync();
        return code;
    }

    private static async Task AssertIsTextAsync(IPage page, string? shows)
    {
        if (shows is not null)
        {
            var text = await page.InnerTextAsync("body");
            Assert.Contains(shows, text, StringComparison.Ordinal);
        }

        const string Broken = """
            () => document.querySelectorAll('[onerror], img[src=x], script:not([nonce]):not([src])')
              .length + (window.ran === 1 ? 100 : 0)
            """;
        Assert.Equal(0, await page.EvaluateAsync<int>(Broken));
    }
}
