using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>The whole gateway, a person with the project "home" that has no money, and an app of
/// somebody else's that may spend from it.</summary>
internal sealed class PortalRig : IAsyncDisposable
{
    public const string Email = "ada@example.com";
    public const string Visa = "4242424242424242";
    public const string ThreeDs = "4000002760003184";
    public const string Home = "/billing/p/home";

    private PortalRig(PagesHost host) => Host = host;

    public PagesHost Host { get; }

    public Project Project { get; private set; } = null!;

    public App App { get; private set; } = null!;

    public ConnectionId Connection { get; private set; }

    /// <summary>Of the app.</summary>
    public string Key { get; private set; } = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<PortalRig> StartAsync(
        string returnTo = "https://margin.example/callback",
        NanoUsd? limit = null
    )
    {
        var rig = new PortalRig(await PagesHost.StartAsync());
        Assert.False(EmailAddress.Read(Email).Denied(out _, out var email));
        var person = await rig.Get<People>().FindOrCreateAsync(email);
        var made = await rig.Get<Projects>().CreateAsync(person.Id, "Home", "home");
        Assert.False(made.Denied(out var denial, out var project), $"{denial}");
        rig.Project = project;
        rig.App = await rig.Host.NewAppAsync(returnTo);
        rig.Connection = ConnectionId.New();
        await rig.Get<Connections>()
            .AgreeAsync(
                new Connection
                {
                    Id = rig.Connection,
                    Owner = person.Id,
                    Project = project.Id,
                    App = rig.App.Id,
                    Scopes = Scopes.All,
                    MarkupBps = 1_500,
                    MonthlyLimit = limit,
                },
                Ct
            );
        var key = await rig.Get<Database>()
            .WriteAsync(connection =>
                rig.Get<ApiKeys>()
                    .MintForApp(
                        connection,
                        new NewKey
                        {
                            Owner = person.Id,
                            Project = project.Id,
                            Name = "Margin Notes",
                            App = rig.App.Id,
                            Connection = rig.Connection,
                            Scopes = Scopes.All,
                        }
                    )
            );
        rig.Key = key.Minted!.Secret;
        return rig;
    }

    public T Get<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    public async Task<FormBrowser> SignedInAsync(string email = Email)
    {
        var browser = new FormBrowser(Host);
        await browser.SignInAsync(email);
        return browser;
    }

    /// <summary>A link as the app gets one.</summary>
    public async Task<PortalLink> LinkAsync(
        string purpose = PortalPurposes.Topup,
        string? returnUrl = "https://margin.example/back?tab=2",
        long? topupCents = null,
        bool? autoReload = null
    )
    {
        var known = await Get<ApiKeys>().AuthenticateAsync(Key.AsMemory(), default, Ct);
        Assert.False(known.Denied(out var denial, out var caller), $"{denial}");
        var made = await Get<PortalSessions>()
            .CreateAsync(
                caller!,
                new PortalRequest
                {
                    Purpose = purpose,
                    ReturnUrl = returnUrl,
                    SuggestedTopupCents = topupCents,
                    SuggestedAutoReloadEnabled = autoReload,
                    State = "s-1",
                },
                Ct
            );
        return made.Denied(out denial, out var link)
            ? throw new InvalidOperationException($"{denial}")
            : link;
    }

    /// <summary>As a browser without script does: the link, its button, and where that leads.</summary>
    public static async Task<HttpStatusCode> FollowAsync(FormBrowser browser, PortalLink link)
    {
        var path = link.Url.PathAndQuery;
        if (await browser.OpenAsync(path) is not HttpStatusCode.OK)
        {
            return browser.Last.StatusCode;
        }

        await browser.SubmitAsync(path);
        return browser.Location is ""
            ? browser.Last.StatusCode
            : await browser.OpenAsync(browser.Location);
    }

    public async Task<PortalStatus> StatusAsync(PortalLink link)
    {
        Assert.False(EmailAddress.Read(Email).Denied(out _, out var email));
        var person = await Get<People>().FindByEmailAsync(email, Ct);
        return (await Get<PortalSessions>().FindAsync(link.Id, person!.Id, Ct))!.Status;
    }

    public async Task<HttpResponseMessage> ChatAsync(string content = "Hi", string? key = null)
    {
        using var client = new HttpClient { BaseAddress = Host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            key ?? Key
        );
        var json = JsonSerializer.Serialize(
            new
            {
                model = "gpt-5.4-mini",
                max_tokens = 64,
                messages = new[] { new { role = "user", content } },
            }
        );
        return await client.PostAsync(
            "/v1/chat/completions",
            new StringContent(json, Encoding.UTF8, "application/json"),
            Ct
        );
    }

    /// <summary>Presses "pay" on the page of the provider that the browser was sent to.</summary>
    public Task<Paid> PayAsync(string url, string card = Visa, bool? bankSays = null) =>
        Get<SimulatedServer>()
            .RunAsync(books =>
                SimulatedPageActs.Pay(
                    books,
                    url[(url.LastIndexOf('/') + 1)..],
                    SimulatedCards.Find(card)!,
                    bankSays
                )
            );

    /// <summary>Where the provider's page sends the browser after paying.</summary>
    public async Task<string> SuccessUrlAsync(string url)
    {
        var id = url[(url.LastIndexOf('/') + 1)..];
        var success = await Get<SimulatedServer>()
            .RunAsync(books => books.Find(id)!["success_url"]!.GetValue<string>());
        return new Uri(success).PathAndQuery;
    }

    /// <summary>A balance paid by card.</summary>
    public async Task FundAsync(
        FormBrowser browser,
        long cents = 1_000,
        bool save = false,
        string card = Visa
    )
    {
        await browser.OpenAsync(Home + "/topup");
        List<(string, string)> filled = [("amount", $"{cents}")];
        if (save)
        {
            filled.Add(("save_card", "yes"));
        }

        await browser.SubmitAsync(Home + "/topup", [.. filled]);
        Assert.Equal(HttpStatusCode.SeeOther, browser.Last.StatusCode);
        var page = browser.Location;
        var paid = await PayAsync(page, card);
        if (paid.Step is PayStep.AskBank)
        {
            paid = await PayAsync(page, card, bankSays: true);
        }

        Assert.Equal(PayStep.Done, paid.Step);
        await browser.OpenAsync(await SuccessUrlAsync(page));
    }

    public async Task SpendAsync(long cents)
    {
        var amount = cents * NanoUsd.PerCent;
        var payer = new Payer { Project = Project.Id, Key = KeyId.New() };
        var held = await Get<SpendLedger>()
            .HoldAsync(Tests.Ledger.Money.Request(payer, amount), Ct);
        Assert.False(held.Denied(out var denial, out var hold), $"{denial}");
        await Tests.Ledger.Money.SettleAsync(hold!, amount);
    }

    public async Task<NanoUsd> BalanceAsync() =>
        (await Get<Credits>().ReadAsync(Project.Id, Ct))?.Balance ?? NanoUsd.Zero;

    public async Task<Topup> LastTopupAsync() => (await Get<Topups>().ListAsync(Project.Id, Ct))[0];

    public Task SwitchAsync(SimulatedSwitches switches) =>
        Get<SimulatedServer>().SetAsync(switches);

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
