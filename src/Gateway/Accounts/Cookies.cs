using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Accounts;

/// <summary>
/// The two cookies of people: the session, and before it the visitor. On https both have the
/// <c>__Host-</c> prefix, so that no other host and no plain connection can set them; a loopback
/// gateway on http drops the prefix, since browsers refuse it there.
/// </summary>
internal sealed class Cookies(EdgeOptions edge)
{
    // As long as browsers keep a cookie at all: a browser that signed in before is known by it.
    private static readonly TimeSpan s_visitFor = TimeSpan.FromDays(400);

    private string SessionName => edge.IsHttps ? "__Host-arda_session" : "arda_session";

    private string VisitorName => edge.IsHttps ? "__Host-arda_visitor" : "arda_visitor";

    public string? SessionOf(HttpContext http) => Of(http, SessionName, Secrets.Session);

    /// <summary>Whether the browser was signed in once; the session itself may have ended.</summary>
    public bool HasSession(HttpContext http) => SessionOf(http) is not null;

    public string? VisitorOf(HttpContext http) =>
        http.Items[VisitorName] as string ?? Of(http, VisitorName, Secrets.Visitor);

    /// <summary>The visitor's secret, made and set when the browser has none.</summary>
    public string KnowVisitor(HttpContext http)
    {
        if (VisitorOf(http) is { } known)
        {
            return known;
        }

        var made = Secrets.New(Secrets.Visitor);
        http.Response.Cookies.Append(VisitorName, made, Options(s_visitFor));
        http.Items[VisitorName] = made;
        return made;
    }

    public void SetSession(HttpContext http, string secret, TimeSpan lasting) =>
        http.Response.Cookies.Append(SessionName, secret, Options(lasting));

    public void DropSession(HttpContext http) =>
        http.Response.Cookies.Delete(SessionName, Options(null));

    private static string? Of(HttpContext http, string name, string prefix) =>
        http.Request.Cookies[name] is { } value && Secrets.IsWellFormed(value, prefix)
            ? value
            : null;

    private CookieOptions Options(TimeSpan? lasting) =>
        new()
        {
            HttpOnly = true,
            Secure = edge.IsHttps,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = lasting,
        };
}
