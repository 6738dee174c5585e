using System.Buffers;

namespace Arda.Gateway.Developers;

/// <summary>
/// What may be registered as a redirect URI. The text is judged as it stands and never through a
/// URI class, because those repair what attackers break. What clients would normalise before they
/// send it back is refused here, so that both sides always hold the same string.
/// </summary>
public static class RedirectUriRules
{
    private const int CharsMax = 2_000;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]@!$&'()+,=%"
    );

    private static readonly SearchValues<char> s_scheme = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789+-."
    );

    private static readonly SearchValues<char> s_host = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-."
    );

    /// <summary>Schemes that run something, or belong to a browser or to the system.</summary>
    private static readonly HashSet<string> s_refusedSchemes = new(StringComparer.Ordinal)
    {
        "javascript",
        "vbscript",
        "data",
        "blob",
        "file",
        "filesystem",
        "about",
        "intent",
        "view-source",
        "ws",
        "wss",
        "ftp",
        "mailto",
        "tel",
        "sms",
        "jar",
        "content",
    };

    /// <summary>The rule that is broken, as a sentence; null when none is.</summary>
    public static string? Broken(string uri, AppKind kind, bool requireReverseDomain = false)
    {
        if (uri.Length is 0 or > CharsMax)
        {
            return $"A redirect URI has 1 to {CharsMax} characters.";
        }

        if (uri.Contains('#', StringComparison.Ordinal))
        {
            return "A redirect URI has no fragment (#).";
        }

        if (uri.Contains('?', StringComparison.Ordinal))
        {
            return "A redirect URI has no query (?): clients cut it off when they redeem a code.";
        }

        if (uri.Contains('*', StringComparison.Ordinal))
        {
            return "A redirect URI has no wildcard (*); register each address.";
        }

        if (uri.AsSpan().ContainsAnyExcept(s_allowed))
        {
            return "A redirect URI is plain ASCII without spaces, ';', '\\' or control characters.";
        }

        var colon = uri.IndexOf(':', StringComparison.Ordinal);
        return colon < 1 || !char.IsAsciiLetterLower(uri[0]) ? NoScheme
            : uri.AsSpan(0, colon).ContainsAnyExcept(s_scheme) ? NoScheme
            : uri[..colon] is "http" or "https" ? BrokenOfWeb(uri, colon)
            : BrokenOfScheme(uri, colon, kind, requireReverseDomain);
    }

    /// <summary>What reviewers should look at though it is allowed.</summary>
    public static string? Warning(string uri) =>
        uri.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        && uri[..colon] is not ("http" or "https")
        && !uri.AsSpan(0, colon).Contains('.')
            ? $"The scheme of '{uri}' has no dot: any other app may claim it (RFC 8252 7.1)."
            : null;

    private const string NoScheme =
        "A redirect URI begins with a scheme in lower case, such as https: or com.example.app:.";

    private static string? BrokenOfWeb(string uri, int colon)
    {
        var rest = uri.AsSpan(colon + 1);
        if (!rest.StartsWith("//"))
        {
            return "A web address is written with '//' after its scheme.";
        }

        rest = rest[2..];
        var slash = rest.IndexOf('/');
        if (slash < 0)
        {
            return "A redirect URI has a path: clients send 'https://host' back as 'https://host/'.";
        }

        var authority = rest[..slash];
        return authority.Contains('@')
            ? "A redirect URI has no user name or password."
            : BrokenPath(rest[slash..])
                ?? BrokenAuthority(
                    authority.ToString(),
                    isHttps: uri.StartsWith("https:", StringComparison.Ordinal)
                );
    }

    private static string? BrokenAuthority(string authority, bool isHttps)
    {
        var end = authority.StartsWith('[')
            ? authority.IndexOf(']', StringComparison.Ordinal) + 1
            : authority.IndexOf(':', StringComparison.Ordinal);
        var host = end < 0 ? authority : authority[..end];
        var port = end < 0 ? "" : authority[end..];
        if (port.Length > 0 && !(Ports.IsPort(port) && port != (isHttps ? ":443" : ":80")))
        {
            return "A port is a number from 1 to 65535, and the usual one is left out.";
        }

        if (Loopback.IsHost(host))
        {
            return isHttps
                ? "On loopback a redirect URI uses http: no certificate is valid there."
                : null;
        }

        return !isHttps ? "Off this machine a redirect URI uses https."
            : host.Length == 0
            || host.AsSpan().ContainsAnyExcept(s_host)
            || host.StartsWith('.')
            || host.EndsWith('.')
            || host.EndsWith(".localhost", StringComparison.Ordinal)
            || !host.Contains('.', StringComparison.Ordinal)
            || char.IsAsciiDigit(host[^1])
                ? "The host of a redirect URI is a public DNS name in lower case."
            : null;
    }

    private static string? BrokenPath(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (path[range] is "." or "..")
            {
                return "A redirect URI has no '.' or '..' in its path.";
            }
        }

        return null;
    }

    private static string? BrokenOfScheme(
        string uri,
        int colon,
        AppKind kind,
        bool requireReverseDomain
    )
    {
        var scheme = uri[..colon];
        if (
            s_refusedSchemes.Contains(scheme)
            || scheme.StartsWith("chrome", StringComparison.Ordinal)
            || scheme.StartsWith("ms-", StringComparison.Ordinal)
        )
        {
            return $"The scheme '{scheme}:' cannot take a person back to an app.";
        }

        if (kind is AppKind.Web or AppKind.Browser)
        {
            return "Only native apps have a scheme of their own; use https.";
        }

        if (requireReverseDomain && !scheme.Contains('.', StringComparison.Ordinal))
        {
            return "Here a scheme is a domain of yours backwards, such as com.example.app:.";
        }

        var rest = uri.AsSpan(colon + 1);
        return rest.IsEmpty || rest is "/" or "//" || rest[0] != '/'
                ? "After its scheme a redirect URI has a path, such as myapp://oauth/callback."
            : rest.Contains('@') ? "A redirect URI has no user name or password."
            : BrokenPath(rest);
    }
}

/// <summary>The ways to write this machine that OAuth knows (RFC 8252 §7.3).</summary>
internal static class Loopback
{
    public static readonly IReadOnlyList<string> Hosts = ["127.0.0.1", "[::1]", "localhost"];

    public static bool IsHost(string host) => Hosts.Contains(host, StringComparer.Ordinal);
}

internal static class Ports
{
    /// <summary>A colon and a number from 1 to 65535 as a client would write it.</summary>
    public static bool IsPort(ReadOnlySpan<char> text) =>
        text.Length is >= 2 and <= 6
        && text[0] == ':'
        && text[1] != '0'
        && !text[1..].ContainsAnyExceptInRange('0', '9')
        && int.Parse(text[1..], System.Globalization.CultureInfo.InvariantCulture) <= 65_535;
}
