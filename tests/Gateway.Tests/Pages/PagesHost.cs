using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Pages;

/// <summary>The whole gateway under the name that its pages need: http://localhost and a
/// port.</summary>
internal sealed class PagesHost : IAsyncDisposable
{
    private const int StartsMax = 5;

    private readonly HashSet<int> _read = [];

    private PagesHost(GatewayHost gateway, int port) =>
        (Gateway, Address) = (gateway, new Uri($"http://localhost:{port}"));

    public GatewayHost Gateway { get; }

    public Uri Address { get; }

    public IServiceProvider Services => Gateway.Services;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<PagesHost> StartAsync(params (string Key, string Value)[] settings)
    {
        for (var tries = 1; ; tries++)
        {
            var port = FreePort();
            try
            {
                var gateway = await GatewayHost.StartAsync([
                    ("urls", $"http://127.0.0.1:{port}"),
                    ("PublicUrl", $"http://localhost:{port}"),
                    .. settings,
                ]);
                return new PagesHost(gateway, port);
            }
            // The port must be known before the start, and until then anybody may take it.
            catch (IOException failure)
                when (failure.InnerException is AddressInUseException && tries < StartsMax) { }
        }
    }

    /// <summary>An app of somebody else, as the operator has approved it.</summary>
    public async Task<App> NewAppAsync(
        string redirectUri,
        Func<AppChanges, AppChanges>? set = null,
        AppState state = AppState.Approved
    )
    {
        Assert.False(EmailAddress.Read("publisher@example.com").Denied(out _, out var email));
        var owner = await Services.GetRequiredService<People>().FindOrCreateAsync(email);
        var about = new AppChanges
        {
            Name = "Margin Notes",
            PublisherName = "Paper Lantern",
            RedirectUris = [redirectUri],
            AllowedScopes = Scopes.All,
            DefaultScopes = [Scopes.Inference, Scopes.ModelsRead, Scopes.BalanceRead],
            DeviceCodes = true,
            MarkupBps = 1_500,
        };
        var apps = Services.GetRequiredService<Apps>();
        var wish = new NewApp
        {
            Owner = owner.Id,
            Kind = redirectUri.StartsWith("https:", StringComparison.Ordinal)
                ? AppKind.Web
                : AppKind.Native,
            IsConfidential = false,
            About = set?.Invoke(about) ?? about,
        };
        var made = await apps.RegisterAsync(wish, Ct);
        Assert.False(made.Denied(out var denial, out var app), $"{denial}");
        var decision = new ReviewDecision
        {
            State = state,
            VerifiedDomain = "paperlantern.example",
        };
        var reviewed = await apps.ReviewAsync(app!.Id, decision, "test", Ct);
        return reviewed.Denied(out denial, out app)
            ? throw new InvalidOperationException($"{denial}")
            : app;
    }

    /// <summary>Five dollars for the project of that slug.</summary>
    public async Task GrantAsync(string slug)
    {
        var projects = Services.GetRequiredService<Projects>();
        var project = await projects.FindBySlugAsync(slug, Ct);
        var credits = Services.GetRequiredService<Credits>();
        await credits.GrantPromoAsync(project!.Id, NanoUsd.FromCents(500), "test:" + slug);
    }

    /// <summary>The newest mail to that address; each one once, so that a second code is never
    /// taken for the first.</summary>
    public async Task<DevMail> MailAsync(string to, string? subject = null)
    {
        var mailbox = Services.GetRequiredService<DevMailbox>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // Mails leave in the background.
        while (true)
        {
            var mail = mailbox.Mails.FirstOrDefault(mail =>
                mail.To == to && (subject is null || mail.Subject == subject)
            );
            if (mail is not null && _read.Add(mail.Number))
            {
                return mail;
            }

            await Task.Delay(20, deadline.Token);
        }
    }

    public static string DigitsOf(DevMail mail) =>
        string.Concat(mail.Text.Split('\n')[0].Where(char.IsAsciiDigit));

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>What an app sends a person away with.</summary>
internal sealed record AuthorizeWish(App App, string RedirectUri, string? Scope = null)
{
    public string Verifier { get; } = "verifier-" + new string('v', 43);

    public string State { get; init; } = "state-1";

    public string Query
    {
        get
        {
            var challenge = Convert
                .ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)))
                .TrimEnd('=')
                .Replace('+', '-')
                .Replace('/', '_');
            return "response_type=code&code_challenge_method=S256"
                + $"&client_id={App.Id}&redirect_uri={Uri.EscapeDataString(RedirectUri)}"
                + $"&code_challenge={challenge}&state={Uri.EscapeDataString(State)}"
                + (Scope is null ? "" : "&scope=" + Uri.EscapeDataString(Scope));
        }
    }

    public string Path => "/oauth/authorize?" + Query;
}
