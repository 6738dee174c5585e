using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.Developers;

/// <summary>What an app may say about itself, checked before anything is written.</summary>
internal static class AppRules
{
    public const int MarkupBpsMax = 100_000;

    private const int TextCharsMax = 500;
    private const int AddressesMax = 20;

    /// <summary>Granted when a request names no scope: the guide's own example uses all four.</summary>
    public static readonly IReadOnlyList<string> FirstDefaultScopes =
    [
        Scopes.Inference,
        Scopes.ModelsRead,
        Scopes.BalanceRead,
        Scopes.BillingPortal,
    ];

    public static Denial? Wrong(App app, bool requireReverseDomain) =>
        AppNames.Broken(app.Name) is { } name ? Invalid(name, "name")
        : app.PublisherName is { } publisher && AppNames.Broken(publisher) is { } broken
            ? Invalid(broken, "publisher_name")
        : app.Description is { Length: > TextCharsMax }
            ? Invalid($"A description has up to {TextCharsMax} characters.", "description")
        : app.WebsiteUrl is { } website && !IsWebsite(website)
            ? Invalid("A website is an https address.", "website_url")
        : app.RedirectUris.Count > AddressesMax || app.WebOrigins.Count > AddressesMax
            ? Invalid($"An app has up to {AddressesMax} addresses of each kind.", "redirect_uris")
        : app
            .RedirectUris.Select(uri =>
                RedirectUriRules.Broken(uri, app.Kind, requireReverseDomain)
            )
            .FirstOrDefault(rule => rule is not null)
            is { } uri
            ? Invalid(uri, "redirect_uris")
        : app.WebOrigins.Select(WebOriginRules.Broken).FirstOrDefault(rule => rule is not null)
            is { } origin
            ? Invalid(origin, "web_origins")
        : app.RedirectUris.Count == 0 && !app.DeviceCodes
            ? Invalid("Register a redirect URI, or turn device codes on.", "redirect_uris")
        : app.MarkupBps is < 0 or > MarkupBpsMax
            ? Invalid($"A markup is 0 to {MarkupBpsMax} basis points.", "markup_bps")
        : app.IsConfidential && app.Kind == AppKind.Browser
            ? Invalid("Code in a browser cannot keep a secret.", "confidential")
        : app.AllowedScopes.FirstOrDefault(scope => !Scopes.All.Contains(scope)) is { } unknown
            ? Invalid($"There is no scope '{Shown(unknown)}'.", "allowed_scopes")
        : app.DefaultScopes.Count == 0 || app.DefaultScopes.Except(app.AllowedScopes).Any()
            ? Invalid("The default scopes are some of the allowed ones.", "default_scopes")
        : null;

    /// <summary>The app as it would be with these changes.</summary>
    public static App With(App app, AppChanges changes) =>
        app with
        {
            Name = changes.Name?.Trim() ?? app.Name,
            Description = Text(changes.Description, app.Description),
            WebsiteUrl = Text(changes.WebsiteUrl, app.WebsiteUrl),
            PublisherName = Text(changes.PublisherName, app.PublisherName),
            RedirectUris = changes.RedirectUris ?? app.RedirectUris,
            WebOrigins = changes.WebOrigins ?? app.WebOrigins,
            DefaultScopes = changes.DefaultScopes ?? app.DefaultScopes,
            AllowedScopes = changes.AllowedScopes ?? app.AllowedScopes,
            DeviceCodes = changes.DeviceCodes ?? app.DeviceCodes,
            MarkupBps = changes.MarkupBps ?? app.MarkupBps,
        };

    /// <summary>The changes that lead from one to the other; null when there are none.</summary>
    public static AppChanges? Difference(App now, App wished)
    {
        var changes = new AppChanges
        {
            Name = Changed(now.Name, wished.Name),
            Description = Changed(now.Description, wished.Description),
            WebsiteUrl = Changed(now.WebsiteUrl, wished.WebsiteUrl),
            PublisherName = Changed(now.PublisherName, wished.PublisherName),
            RedirectUris = Changed(now.RedirectUris, wished.RedirectUris),
            WebOrigins = Changed(now.WebOrigins, wished.WebOrigins),
            DefaultScopes = Changed(now.DefaultScopes, wished.DefaultScopes),
            AllowedScopes = Changed(now.AllowedScopes, wished.AllowedScopes),
            DeviceCodes = now.DeviceCodes == wished.DeviceCodes ? null : wished.DeviceCodes,
            MarkupBps = now.MarkupBps == wished.MarkupBps ? null : wished.MarkupBps,
        };
        return changes == new AppChanges() ? null : changes;
    }

    private static string? Changed(string? now, string? wished) =>
        now == wished ? null : wished ?? "";

    private static IReadOnlyList<string>? Changed(
        IReadOnlyList<string> now,
        IReadOnlyList<string> wished
    ) => now.SequenceEqual(wished) ? null : wished;

    /// <summary>Whether the change only takes something away: that needs no review.</summary>
    public static bool OnlyTakesAway(App now, App wished) =>
        (now.Name, now.WebsiteUrl, now.PublisherName)
            == (wished.Name, wished.WebsiteUrl, wished.PublisherName)
        && !wished.RedirectUris.Except(now.RedirectUris).Any()
        && !wished.WebOrigins.Except(now.WebOrigins).Any()
        && !wished.AllowedScopes.Except(now.AllowedScopes).Any()
        && wished.MarkupBps <= now.MarkupBps
        && (now.DeviceCodes || !wished.DeviceCodes);

    // An empty text takes the old one away.
    private static string? Text(string? wished, string? now) =>
        wished is null ? now
        : wished.Trim() is { Length: > 0 } text ? text
        : null;

    private static bool IsWebsite(string url) =>
        url.Length <= TextCharsMax
        && url.StartsWith("https://", StringComparison.Ordinal)
        && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed is { UserInfo: "" };

    private static Denial.InvalidRequest Invalid(string message, string param) =>
        new(message, param);

    private static string Shown(string text) =>
        new([.. text.Take(40).Where(c => c is >= ' ' and <= '~')]);
}
