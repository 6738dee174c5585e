using System.Text.RegularExpressions;
using Arda.Gateway.Http;

namespace Arda.Gateway.Pages;

/// <summary>
/// Where a person was going when they had to sign in. Only the server writes it, into a cookie that
/// no other site can set, and it can only name pages of ours: no address ever comes from outside.
/// </summary>
internal static partial class Destinations
{
    public const string Home = "/console";

    private static readonly TimeSpan s_keptFor = TimeSpan.FromMinutes(20);

    public static void Keep(HttpContext http, string page)
    {
        if (IsOurs(page))
        {
            http.Response.Cookies.Append(Name(http), page, Options(http, s_keptFor));
        }
    }

    /// <summary>The page, and home where there is none; it is forgotten with this.</summary>
    public static string Take(HttpContext http)
    {
        var kept = http.Request.Cookies[Name(http)];
        if (kept is null)
        {
            return Home;
        }

        http.Response.Cookies.Delete(Name(http), Options(http, null));
        return IsOurs(kept) ? kept : Home;
    }

    internal static bool IsOurs(string page) => page.Length <= 300 && OurPage().IsMatch(page);

    private static string Name(HttpContext http) =>
        IsHttps(http) ? "__Host-arda_next" : "arda_next";

    private static bool IsHttps(HttpContext http) =>
        http.RequestServices.GetRequiredService<EdgeOptions>().IsHttps;

    private static CookieOptions Options(HttpContext http, TimeSpan? lasting) =>
        new()
        {
            HttpOnly = true,
            Secure = IsHttps(http),
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = lasting,
        };

    // No second slash at the start, no backslash, no colon, no control character can pass.
    [GeneratedRegex(
        @"^/(?:console|account|connect|invite|billing|developers)(?:/[A-Za-z0-9_-]{1,100}){0,5}"
            + @"(?:\?[A-Za-z0-9_=&-]{1,120})?\z",
        RegexOptions.None,
        1000
    )]
    private static partial Regex OurPage();
}
