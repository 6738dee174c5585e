using System.Globalization;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>Puts an app and its wish into the words of the consent page and of
/// <c>authorize/info</c>.</summary>
internal static class ConsentViews
{
    private static readonly NanoUsd s_example = NanoUsd.FromCents(1);
    private static readonly NanoUsd s_usualLimit = NanoUsd.FromCents(2_000);
    private static readonly NanoUsd s_deviceLimit = NanoUsd.FromCents(500);

    public static ConsentView Of(
        App app,
        IReadOnlyList<string> scopes,
        PreviousGrant? previous,
        string? redirectUri
    ) =>
        new()
        {
            App = Of(app),
            Scopes = ScopeTexts.Of(scopes),
            Markup = Markup(app.MarkupBps),
            Destination = redirectUri is null ? null : Destination(redirectUri),
            ReturnsToScheme = redirectUri is not null && !IsWeb(redirectUri),
            SuggestedMonthlyLimit =
                previous is not null ? previous.MonthlyLimit
                : redirectUri is null ? s_deviceLimit
                : s_usualLimit,
            Previous = previous,
            IsOwnersTest = app.State == AppState.Pending,
        };

    public static MarkupView Markup(int bps)
    {
        var after = s_example + s_example.MarkupFloor(bps);
        var disclosure =
            bps == 0
                ? "This app adds nothing to the price of a request."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"This app adds {bps / 100m:0.##} % to the price of every request: one that costs ${s_example.Usd:0.0000} costs you ${after.Usd:0.0000}."
                );
        return new MarkupView(bps, s_example, after, disclosure);
    }

    private static AppView Of(App app) =>
        new()
        {
            Id = app.Id,
            Name = app.Name,
            Description = app.Description,
            WebsiteUrl = app.WebsiteUrl,
            Publisher = app.PublisherName ?? app.VerifiedDomain ?? "Publisher not verified",
            VerifiedDomain = app.VerifiedDomain,
            LogoAssetId = app.LogoAssetId,
        };

    // A loopback or https address as its host; a scheme of an app's own as that.
    private static string Destination(string redirectUri)
    {
        if (!IsWeb(redirectUri))
        {
            return redirectUri[..(redirectUri.IndexOf(':', StringComparison.Ordinal) + 1)];
        }

        var authority = redirectUri[(redirectUri.IndexOf("//", StringComparison.Ordinal) + 2)..];
        var slash = authority.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? authority : authority[..slash];
    }

    private static bool IsWeb(string redirectUri) =>
        redirectUri.StartsWith("https://", StringComparison.Ordinal)
        || redirectUri.StartsWith("http://", StringComparison.Ordinal);
}
