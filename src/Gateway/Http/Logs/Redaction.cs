using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Arda.Gateway.Http.Logs;

/// <summary>
/// Takes secrets out of text by their shape. It stands at the log sink, so that it does not matter
/// who logs what. A text without any sign of a secret costs one search.
/// </summary>
public static partial class Redaction
{
    public const string Mark = "[redacted]";

    /// <summary>Whatever the patterns below find has one of these in it.</summary>
    private static readonly SearchValues<string> s_signs = SearchValues.Create(
        [
            "gw_",
            "sk-",
            "sk_",
            "rk_",
            "whsec_",
            "xai-",
            "gsk_",
            "aiza",
            "pplx-",
            "nvapi-",
            "csk-",
            "fw_",
            "hf_",
            "tgp_",
            "ghp_",
            "github_pat_",
            "akia",
            "asia",
            "ya29.",
            "eyj",
            "bearer",
            "basic",
            "api-key",
            "api_key",
            "apikey",
            "authorization",
            "cookie",
            "password",
            "pwd",
            "secret",
            "token",
            "code",
            "key=",
            "private key",
            "://",
        ],
        StringComparison.OrdinalIgnoreCase
    );

    /// <summary>Values under these names are secret whatever they look like.</summary>
    private static readonly FrozenSet<string> s_names = FrozenSet.ToFrozenSet(
        [
            "apikey",
            "xapikey",
            "xgoogapikey",
            "authorization",
            "proxyauthorization",
            "cookie",
            "setcookie",
            "password",
            "pwd",
            "secret",
            "clientsecret",
            "token",
            "accesstoken",
            "refreshtoken",
            "idtoken",
            "admintoken",
            "codeverifier",
            "devicecode",
            "usercode",
        ],
        StringComparer.OrdinalIgnoreCase
    );

    public static string Apply(string text)
    {
        if (!text.AsSpan().ContainsAny(s_signs))
        {
            return text;
        }

        try
        {
            return Replaced(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // What cannot be checked in time is not shown.
            return Mark;
        }
    }

    /// <summary>Whether a field of that name holds a secret: ApiKey, x-api-key, client_secret.</summary>
    public static bool IsSecretName(string name) =>
        s_names.Contains(
            name.Replace("-", "", StringComparison.Ordinal)
                .Replace("_", "", StringComparison.Ordinal)
        );

    private static string Replaced(string text)
    {
        const string Kept = "${keep}" + Mark;
        text = PrivateKey().Replace(text, Mark);
        text = Scheme().Replace(text, Kept);
        text = Named().Replace(text, Kept);
        text = Cookies().Replace(text, Kept);
        text = Passwords().Replace(text, Kept);
        text = UserInfo().Replace(text, Kept + "@");
        text = JsonWebToken().Replace(text, Mark);
        return Shaped().Replace(text, Kept);
    }

    // Our own prefixes first (keys, client secrets, codes, portal sessions, the operator's token;
    // app ids gw_app_ are public), then those of providers, Stripe and code hosts.
    [GeneratedRegex(
        @"(?<![A-Za-z0-9])(?<keep>gw_(?!app_)[a-z]{1,8}_|sk-(?:[a-z]{2,8}-)?|[sr]k_(?:live|test)_|"
            + @"whsec_|xai-|gsk_|AIza|pplx-|nvapi-|csk-|fw_|hf_|tgp_(?:v1_)?|gh[pousr]_|github_pat_|"
            + @"AKIA|ASIA|ya29\.)[A-Za-z0-9_\-]{6,}",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex Shaped();

    [GeneratedRegex(
        @"(?<keep>\b(?:bearer|basic)(?:\s|\\[rnt]|%20|\+)+)[A-Za-z0-9._~+/=\-]{6,}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex Scheme();

    // A name that says "secret", what stands between it and its value (JSON, a header, a query, a
    // connection string), and the value up to where such a value ends. "code" and "key" alone are
    // secrets in a query only: elsewhere they name errors and settings.
    [GeneratedRegex(
        @"(?<keep>(?:(?<![A-Za-z0-9])(?:x-api-key|x-goog-api-key|api[-_]?key|proxy-authorization|"
            + @"authorization|client[-_]?secret|secret|access_token|refresh_token|id_token|"
            + @"id_token_hint|device_code|user_code|code_verifier|admin_token|token)|"
            + @"[?&](?:code|key))(?:\\?[""'])?\s*[:=]\s*(?:\\?[""'])?(?:\[\s*\\?[""'])?"
            + @"(?:(?:bearer|basic)\s+)?)(?!\[redacted\])[^\s""'\\;,&<>\[\]{}()]{6,}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex Named();

    // A cookie header ends with its line, a password with its part of a connection string.
    [GeneratedRegex(
        @"(?<keep>(?<![A-Za-z0-9])(?:set-)?cookie(?:\\?[""'])?\s*[:=]\s*\[?\s*(?:\\?[""'])?)"
            + @"[^""\r\n]{4,}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex Cookies();

    [GeneratedRegex(
        @"(?<keep>(?<![A-Za-z0-9])(?:password|pwd)(?:\\?[""'])?\s*[:=]\s*(?:\\?[""'])?)"
            + @"(?!\[redacted\])[^;\s""]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex Passwords();

    [GeneratedRegex(
        @"(?<keep>[a-z][a-z0-9+.\-]*://[^\s/@:""']*:)[^\s/@""']+@",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex UserInfo();

    [GeneratedRegex(
        @"\beyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex JsonWebToken();

    [GeneratedRegex(
        @"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        RegexOptions.Singleline | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 2000
    )]
    private static partial Regex PrivateKey();
}
