using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Microsoft.Playwright;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>
/// A person with a real browser, from a refused request to the answer of the same request. What the
/// app does is done over HTTP with its key: it reads the denial and makes the link from it.
/// </summary>
public sealed class PortalWalkTests(Chromium chromium)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_clicks_after_sign_in_lead_from_a_denial_to_the_paid_answer()
    {
        await using var app = await CallbackApp.StartAsync();
        await using var rig = await PortalRig.StartAsync($"{app.Https}callback");
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, $"{app.Https}callback?page=7");

        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);
        await TypeCardAsync(page, PortalRig.ThreeDs, clicksTo: "Continue to payment");
        await ClickAsync(page, "Pay ");
        await ClickAsync(page, "Confirm");

        await page.GetByText("Back in the app").WaitForAsync();
        Assert.Contains("page=7&", page.Url, StringComparison.Ordinal);
        Assert.Contains("outcome=funded", page.Url, StringComparison.Ordinal);
        await AssertPaidOnceAsync(rig, link.Cents);
        Assert.Equal("funded", await StatusAsync(rig, link.Id));
    }

    [Fact]
    public async Task A_declined_card_stays_on_the_payment_page_and_another_one_pays()
    {
        await using var app = await CallbackApp.StartAsync();
        await using var rig = await PortalRig.StartAsync($"{app.Https}callback");
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, $"{app.Https}callback");
        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);

        await TypeCardAsync(page, "4000000000000002", clicksTo: "Continue to payment");
        await ClickAsync(page, "Pay ");
        await page.GetByText("Your card was declined").WaitForAsync();
        Assert.Equal(NanoUsd.Zero, await rig.BalanceAsync());
        Assert.Equal("opened", await StatusAsync(rig, link.Id));

        await page.GetByLabel("Card number").FillAsync(PortalRig.Visa);
        await ClickAsync(page, "Pay ");
        await page.GetByText("Back in the app").WaitForAsync();
        await AssertPaidOnceAsync(rig, link.Cents);
    }

    [Fact]
    public async Task Refusing_at_the_bank_charges_nothing_and_leads_back_to_the_choice()
    {
        await using var rig = await PortalRig.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, returnUrl: null);
        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);
        await TypeCardAsync(page, PortalRig.ThreeDs, clicksTo: "Continue to payment");
        await ClickAsync(page, "Pay ");
        await ClickAsync(page, "Refuse");
        await page.GetByText("The bank did not confirm it").WaitForAsync();
        await ClickAsync(page, "Cancel");

        await page.GetByText("nothing was charged").WaitForAsync();
        await page.GetByText("sent you here").WaitForAsync();
        Assert.Equal(NanoUsd.Zero, await rig.BalanceAsync());
        await ClickAsync(page, "Go back without changes");
        await page.GetByText("Nothing was changed").First.WaitForAsync();
        Assert.Equal("cancelled", await StatusAsync(rig, link.Id));
    }

    [Fact]
    public async Task A_tab_closed_after_paying_loses_nothing_and_the_app_hears_of_it()
    {
        await using var rig = await PortalRig.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, returnUrl: null);
        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);
        await ClickAsync(page, "Continue to payment");
        await page.GetByLabel("Card number").WaitForAsync();
        var checkout = page.Url;
        await page.CloseAsync();

        // The card is charged, and nobody comes back to say so: only the webhook does.
        await rig.PayAsync(checkout);
        await PortalRig.UntilAsync(async () => await StatusAsync(rig, link.Id) == "funded");
        await AssertPaidOnceAsync(rig, link.Cents);
    }

    [Fact]
    public async Task A_tab_closed_before_paying_charges_nothing_and_can_be_taken_up_again()
    {
        await using var rig = await PortalRig.StartAsync();
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, returnUrl: null);
        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);
        await ClickAsync(page, "Continue to payment");
        await page.GetByLabel("Card number").WaitForAsync();
        await page.CloseAsync();
        Assert.Equal("opened", await StatusAsync(rig, link.Id));

        page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(rig.Host.Address, "/billing").ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "Payments" }).ClickAsync();
        await page.GetByText("Not paid yet").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Go on with" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Go on paying" }).ClickAsync();
        await ClickAsync(page, "Pay ");
        await page.GetByText("The money is there").First.WaitForAsync();
        await AssertPaidOnceAsync(rig, link.Cents);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    [InlineData("twice")]
    [InlineData("never")]
    public async Task Money_is_there_once_whenever_the_webhook_comes(string webhook)
    {
        await using var app = await CallbackApp.StartAsync();
        await using var rig = await PortalRig.StartAsync($"{app.Https}callback");
        await rig.SwitchAsync(
            webhook switch
            {
                "after" => new SimulatedSwitches { DelayMs = 3_000 },
                "twice" => new SimulatedSwitches { Copies = 2, Reordered = true },
                "never" => new SimulatedSwitches { Lost = 100 },
                _ => new SimulatedSwitches(),
            }
        );
        await using var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        var link = await DeniedAsync(rig, $"{app.Https}callback");
        await page.GotoAsync(link.Url);
        await SignInAsync(rig, page);
        await ClickAsync(page, "Continue to payment");
        await page.GetByLabel("Card number").WaitForAsync();
        if (webhook == "before")
        {
            // Paid by the same person's other tab; this one comes back after the webhook.
            var checkout = page.Url;
            await rig.PayAsync(checkout);
            await PortalRig.UntilAsync(async () => await rig.BalanceAsync() > NanoUsd.Zero);
            var back = await rig.SuccessUrlAsync(checkout);
            await page.GotoAsync(new Uri(rig.Host.Address, back).ToString());
        }
        else
        {
            await ClickAsync(page, "Pay ");
        }

        await page.GetByText("Back in the app").WaitForAsync();
        if (webhook is "after" or "twice")
        {
            await PortalRig.UntilAsync(async () => await DoneEventsAsync(rig) > 0);
        }

        await AssertPaidOnceAsync(rig, link.Cents);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_desktop_app_is_opened_by_its_scheme_and_a_link_stays(bool javaScript)
    {
        await using var rig = await PortalRig.StartAsync("myapp://oauth/callback");
        await using var context = await NewContextAsync(javaScript);
        var page = await context.NewPageAsync();
        ConcurrentQueue<string> asked = [];
        var devTools = await context.NewCDPSessionAsync(page);
        foreach (var name in (string[])["frameRequestedNavigation", "frameScheduledNavigation"])
        {
            devTools.Event("Page." + name).OnEvent += (_, args) =>
                asked.Enqueue(args?.GetProperty("url").GetString() ?? "");
        }

        await devTools.SendAsync("Page.enable");
        var link = await DeniedAsync(rig, "myapp://back");
        await page.GotoAsync(link.Url);
        if (!javaScript)
        {
            await ClickAsync(page, "Go on");
        }

        await SignInAsync(rig, page);
        await ClickAsync(page, "Continue to payment");
        await ClickAsync(page, "Pay ");

        var back = page.GetByRole(AriaRole.Link, new() { Name = "Return to the app" });
        await back.WaitForAsync();
        var address = await back.GetAttributeAsync("href");
        Assert.StartsWith(
            $"myapp://back?portal_session={link.Id}&outcome=funded",
            address,
            StringComparison.Ordinal
        );
        await PortalRig.UntilAsync(() => Task.FromResult(asked.Contains(address)));
        await AssertPaidOnceAsync(rig, link.Cents);
    }

    private sealed record Link(string Id, string Url, long Cents);

    /// <summary>What an app does: a request, its denial, and a link made from what that says.</summary>
    private static async Task<Link> DeniedAsync(PortalRig rig, string? returnUrl)
    {
        using var refused = JsonDocument.Parse(
            await (await rig.ChatAsync()).Content.ReadAsStringAsync(Ct)
        );
        var gateway = refused.RootElement.GetProperty("error").GetProperty("gateway");
        Assert.Equal("open_portal", gateway.GetProperty("action").GetString());
        var cents = gateway.GetProperty("suggested_topup_cents").GetInt64();
        using var client = NewClient(rig);
        var made = await client.PostAsJsonAsync(
            "/v1/gateway/portal-sessions",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["purpose"] = gateway.GetProperty("purpose").GetString(),
                ["return_url"] = returnUrl,
                ["suggested_topup_cents"] = cents,
            }
                .Where(field => field.Value is not null)
                .ToDictionary(),
            Ct
        );
        var text = await made.Content.ReadAsStringAsync(Ct);
        Assert.True(made.IsSuccessStatusCode, text);
        using var session = JsonDocument.Parse(text);
        return new Link(
            session.RootElement.GetProperty("id").GetString()!,
            session.RootElement.GetProperty("url").GetString()!,
            cents
        );
    }

    private static async Task<string> StatusAsync(PortalRig rig, string id)
    {
        using var client = NewClient(rig);
        using var session = JsonDocument.Parse(
            await client.GetStringAsync("/v1/gateway/portal-sessions/" + id, Ct)
        );
        return session.RootElement.GetProperty("status").GetString()!;
    }

    private static HttpClient NewClient(PortalRig rig)
    {
        var client = new HttpClient { BaseAddress = rig.Host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            rig.Key
        );
        return client;
    }

    private static async Task AssertPaidOnceAsync(PortalRig rig, long cents)
    {
        Assert.Equal(NanoUsd.FromCents(cents), await rig.BalanceAsync());
        using var answer = await rig.ChatAsync();
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
        Assert.Equal(TopupStates.Succeeded, (await rig.LastTopupAsync()).State);
    }

    private static async Task<long> DoneEventsAsync(PortalRig rig)
    {
        await using var connection = await rig.Host.Gateway.Database.OpenAsync(Ct);
        return Arda.Gateway.Storage.Sql.QueryOne(
            connection,
            "SELECT COUNT(*) FROM payment_event WHERE type = 'checkout.session.completed' "
                + "AND state = 'done'",
            row => row.GetInt64(0)
        );
    }

    private static async Task TypeCardAsync(IPage page, string card, string clicksTo)
    {
        await ClickAsync(page, clicksTo);
        await page.GetByLabel("Card number").FillAsync(card);
    }

    private static Task ClickAsync(IPage page, string name) =>
        page.GetByRole(AriaRole.Button, new() { Name = name }).First.ClickAsync();

    private static async Task SignInAsync(PortalRig rig, IPage page)
    {
        await BrowserWalkTests.SignInAsync(rig.Host, page);
        await page.GetByText("sent you here").WaitForAsync();
    }

    private Task<IBrowserContext> NewContextAsync(bool javaScript = true) =>
        chromium.NewContextAsync(
            new BrowserNewContextOptions
            {
                IgnoreHTTPSErrors = true,
                JavaScriptEnabled = javaScript,
            }
        );
}
