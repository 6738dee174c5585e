using System.Buffers;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Billing.Portal;

/// <summary>
/// Where the portal may send a person back to: any page below an origin, or any address of a scheme,
/// that the app has registered and the operator reviewed. Judged as text, because classes for
/// addresses repair what attackers break.
/// </summary>
internal static class ReturnUrls
{
    private const string Param = "return_url";
    private const int CharsMax = 2_000;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"
    );

    /// <summary>Why not; null when the address is one of the app's.</summary>
    public static Denial? Refuse(string url, App app)
    {
        if (url.Length is 0 or > CharsMax || url.AsSpan().ContainsAnyExcept(s_allowed))
        {
            return new Denial.InvalidReturnUrl(
                $"'{Param}' is an address of 1 to {CharsMax} plain ASCII characters."
            );
        }

        var places = PlacesOf(app);
        return OriginOf(url) is { } origin && IsRegistered(app, origin)
            ? null
            : new Denial.InvalidReturnUrl(
                places.Count == 0
                    ? $"This app has no address to return to; register one, or leave '{Param}' out."
                    : $"'{Param}' begins with an origin or a scheme that the app has registered: "
                        + $"{string.Join(", ", places)}."
            );
    }

    /// <summary>Nobody registered anything for a key that a person made for themselves.</summary>
    public static readonly Denial NoApp = new Denial.InvalidReturnUrl(
        $"A key that belongs to no app has no page to return to; leave '{Param}' out."
    );

    /// <summary>The address with the outcome in its query, before a fragment where there is one.</summary>
    public static string With(string url, params ReadOnlySpan<(string Name, string? Value)> facts)
    {
        var hash = url.IndexOf('#', StringComparison.Ordinal);
        var (address, fragment) = hash < 0 ? (url, "") : (url[..hash], url[hash..]);
        var mark = address.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        foreach (var (name, value) in facts)
        {
            if (value is not null)
            {
                address += $"{mark}{name}={Uri.EscapeDataString(value)}";
                mark = '&';
            }
        }

        return address + fragment;
    }

    private static bool IsRegistered(App app, string origin) =>
        app.WebOrigins.Any(one => WebOriginRules.Matches(one, origin))
        || app.RedirectUris.Any(registered => OriginOf(registered) == origin)
        // A native app on loopback learns its port when it starts.
        || app.RedirectUris.Any(registered =>
            PathOf(registered) is { } path && RedirectUriMatch.IsRegistered(app, origin + path)
        );

    /// <summary>"https://host:port" of a web address, "scheme:" of another one.</summary>
    private static string? OriginOf(string url)
    {
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !IsScheme(url.AsSpan(0, colon)))
        {
            return null;
        }

        if (url[..colon] is not ("http" or "https"))
        {
            return url.Length > colon + 1 ? url[..(colon + 1)] : null;
        }

        var rest = url.AsSpan(colon + 1);
        if (!rest.StartsWith("//"))
        {
            return null;
        }

        var end = rest[2..].IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest[2..] : rest.Slice(2, end);
        // What stands before an @ looks like the host and is not.
        return authority.IsEmpty || authority.Contains('@')
            ? null
            : string.Concat(url.AsSpan(0, colon + 1), "//", authority);
    }

    private static string? PathOf(string registered) =>
        OriginOf(registered) is { } origin
        && origin.Length > 8
        && registered.StartsWith("http:", StringComparison.Ordinal)
            ? registered[origin.Length..]
            : null;

    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetterLower(text[0]);
    }

    private static List<string> PlacesOf(App app) =>
        [
            .. app
                .RedirectUris.Select(OriginOf)
                .OfType<string>()
                .Concat(app.WebOrigins)
                .Distinct(StringComparer.Ordinal),
        ];
}
