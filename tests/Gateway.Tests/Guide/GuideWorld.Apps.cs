using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Developers;
using Arda.Gateway.Keys;
using Arda.Gateway.Tests.Billing;
using Arda.Gateway.Tests.Developers;
using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Guide;

/// <summary>Somebody who has connected an app, as a page of the documentation means them.</summary>
/// <param name="Id">Of the person.</param>
/// <param name="Key">Of the connection, with every scope.</param>
/// <param name="ClientId">Of the app.</param>
/// <param name="Secret">The app's; null for a public one.</param>
public sealed record GuideReader(string Id, string Key, string ClientId, string? Secret);

public sealed partial class GuideWorld
{
    private const string Callback = "https://app.example/callback";

    private static readonly string[] s_addresses =
    [
        Callback,
        "myapp://oauth/callback",
        "http://127.0.0.1/callback",
    ];

    internal OAuthWorld World => _world!;

    /// <summary>A person with so much money, and an app of theirs with a markup and the addresses
    /// that the pages use.</summary>
    /// <param name="cents">What the project has.</param>
    /// <param name="isConfidential">The app has a secret.</param>
    public async Task<GuideReader> ReaderAsync(long cents, bool isConfidential = false)
    {
        var world = World;
        var signed = await ExamplesWorld.PersonOfAsync(world, cents);
        _signed[signed.Id.Value] = signed;
        var app = await world.AppAsync(
            isConfidential: isConfidential,
            with: about =>
                about with
                {
                    RedirectUris = s_addresses,
                    WebOrigins = ["https://app.example"],
                    MarkupBps = 1_500,
                    AllowedScopes = Scopes.All,
                    DefaultScopes = BillingWorld.AppScopes,
                }
        );
        var secret = isConfidential ? await world.SecretAsync(app) : null;
        var asked = await world.CodeAsync(
            app,
            signed,
            ("redirect_uri", Callback),
            ("scope", Scopes.Text(BillingWorld.AppScopes))
        );
        var redeemed = await world.RedeemAsync(
            app,
            asked,
            ("redirect_uri", Callback),
            ("client_secret", secret)
        );
        Assert.True(redeemed.Status == 200, redeemed.Body);
        return new GuideReader(
            signed.Id.Value,
            redeemed.Text("access_token")!,
            app.Id.Value,
            secret
        );
    }

    /// <summary>An app that nobody has reviewed yet, of an owner who can be paid.</summary>
    internal async Task<App> PendingAppAsync()
    {
        var app = await World.AppAsync(state: AppState.Pending);
        await PayoutSetups.EndAsync(World.Host.Services, app.Owner);
        return app;
    }

    /// <summary>A code that a person of this reader's app has just said yes to.</summary>
    public async Task<string> CodeAsync(GuideReader reader)
    {
        var app = await World.Get<Apps>().FindAsync(new(reader.ClientId), CancellationToken.None);
        return await World.CodeAsync(app!, _signed[reader.Id], ("redirect_uri", Callback));
    }

    private async Task<string> PayAsync(Signed person, string url)
    {
        var opened = await World.Get<PortalSessions>().OpenAsync(new Uri(url).Segments[^1]);
        Assert.Equal(person.Id, opened!.UserId);
        await World.PayAsync(person.Project.Id);
        return "\"paid\"";
    }
}
