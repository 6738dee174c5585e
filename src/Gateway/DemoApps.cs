using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;

namespace Arda.Gateway;

/// <summary>Two approved apps of the demo's user, for whoever tries "Connect" on this machine: one
/// that any program can be, and one with a secret.</summary>
internal sealed class DemoApps(
    Apps apps,
    AppReviews reviews,
    AppSecrets secrets,
    Payees payees,
    SimulatedServer simulated,
    PaymentsOptions payments
)
{
    private static readonly AppChanges s_about = new()
    {
        Name = "Demo app",
        Description = "Tries the connect flow on this machine.",
        PublisherName = "This machine",
        RedirectUris =
        [
            "http://127.0.0.1/callback",
            "http://localhost/callback",
            "http://[::1]/callback",
            "myapp://oauth/callback",
        ],
        // Any port: http is allowed on loopback only.
        WebOrigins = ["http://localhost", "http://127.0.0.1"],
        DeviceCodes = true,
    };

    public async Task<(App Public, App Confidential, string Secret)> PrepareAsync(
        UserId owner,
        string? publicId,
        string? confidentialId,
        string? secret,
        CancellationToken ct
    )
    {
        var open = await AppAsync(owner, publicId, isConfidential: false, ct);
        var closed = await AppAsync(owner, confidentialId, isConfidential: true, ct);
        if (secret is null || !await secrets.VerifyAsync(closed.Id, secret, ct))
        {
            secret = await NewSecretAsync(closed, ct);
        }

        return (open, closed, secret);
    }

    // Found by its id, or by its name when the file with the id was lost.
    private async Task<App> AppAsync(
        UserId owner,
        string? id,
        bool isConfidential,
        CancellationToken ct
    )
    {
        if (id is not null && await apps.FindAsync(new AppId(id), ct) is { } known)
        {
            return known;
        }

        var about = isConfidential ? s_about with { Name = "Demo app with a secret" } : s_about;
        if (
            (await apps.ListAsync(owner, ct)).FirstOrDefault(app => app.Name == about.Name) is
            { } mine
        )
        {
            return mine;
        }

        var wish = new NewApp
        {
            Owner = owner,
            Kind = AppKind.Native,
            IsConfidential = isConfidential,
            About = about,
        };
        var made = Must(await apps.RegisterAsync(wish, ct));
        var approval = new ReviewDecision { State = AppState.Approved };
        if (payments.Provider is not PaymentProvider.Simulated)
        {
            // Nobody can fill in a real provider's form here; these apps have no markup, and the
            // review says why they were let in.
            approval = approval with
            {
                Note = "Demo: approved without payouts, it has no markup.",
            };
            return Must(await apps.ReviewAsync(made.Id, approval, "demo", ct));
        }

        await SetUpPayoutsAsync(made, ct);
        return Must(await reviews.DecideAsync(made.Id, approval, "demo", ct));
    }

    // The demo's user goes the way of every owner: an account, the form, and then the review.
    private async Task SetUpPayoutsAsync(App app, CancellationToken ct)
    {
        var payee = Must(
            await payees.EnsureAsync(app.Owner, app.Id.Value, app.WebsiteUrl, country: null, ct)
        );
        if (!payee.IsComplete)
        {
            await simulated.RunAsync(books =>
            {
                SimulatedConnect.Onboard(books, payee.Account!, OnboardEnd.Done);
                return true;
            });
        }
    }

    private async Task<string> NewSecretAsync(App app, CancellationToken ct)
    {
        // Whoever lost the file lost the secrets in it too.
        foreach (var old in await secrets.ListAsync(app.Id, ct))
        {
            await secrets.DeleteAsync(app.Id, old.Id);
        }

        return Must(await secrets.CreateAsync(app)).Secret;
    }

    private static T Must<T>(Outcome<T> made)
        where T : notnull =>
        made.Denied(out var denial, out var value)
            ? throw new InvariantBrokenException($"The demo's apps can be made: {denial}.")
            : value;
}
