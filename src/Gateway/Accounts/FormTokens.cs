using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Http;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Proof that a form was rendered for the browser that posts it: an HMAC under the secret of its
/// session cookie, or of the visitor's before there is one. Nothing is stored and no key is shared,
/// so any node can check what another rendered.
/// </summary>
public sealed class FormTokens
{
    private static readonly byte[] s_purpose = Encoding.ASCII.GetBytes("arda form token 1");

    private readonly Cookies _cookies;
    private readonly EdgeOptions _edge;

    internal FormTokens(Cookies cookies, EdgeOptions edge) => (_cookies, _edge) = (cookies, edge);

    /// <summary>For a hidden field. May set the visitor's cookie, so ask before the answer begins.</summary>
    public string Of(HttpContext http) =>
        Under(_cookies.SessionOf(http) ?? _cookies.KnowVisitor(http));

    /// <summary>Whether the post came from a page of ours in that browser.</summary>
    public bool Holds(HttpContext http, string? posted) =>
        !IsCrossSite(http.Request)
        && (_cookies.SessionOf(http) ?? _cookies.VisitorOf(http)) is { } secret
        && posted is { Length: > 0 }
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(posted),
            Encoding.ASCII.GetBytes(Under(secret))
        );

    // Browsers say it themselves; a program without these headers still needs the token.
    private bool IsCrossSite(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return true;
        }

        return request.Headers.Origin.ToString() switch
        {
            "" => false,
            // Our pages send no referrer, and then a browser names no origin either, not even its
            // own; only together with its other word is that good enough.
            "null" => site != "same-origin",
            var origin => origin != _edge.PublicUrl
                && origin != request.Scheme + "://" + request.Host.Value,
        };
    }

    private static string Under(string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), s_purpose));
}
