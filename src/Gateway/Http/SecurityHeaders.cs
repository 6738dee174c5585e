using Microsoft.Extensions.Primitives;

namespace Arda.Gateway.Http;

/// <summary>What every answer says to browsers, and what pages say on top.</summary>
public static class SecurityHeaders
{
    private static readonly StringValues s_noSniff = "nosniff";
    private static readonly StringValues s_noReferrer = "no-referrer";
    private static readonly StringValues s_strictTransport = "max-age=31536000; includeSubDomains";

    public static void Apply(IHeaderDictionary headers, bool https)
    {
        headers.XContentTypeOptions = s_noSniff;
        headers["Referrer-Policy"] = s_noReferrer;
        if (https)
        {
            headers.StrictTransportSecurity = s_strictTransport;
        }
    }

    /// <summary>For pages. <c>form-action</c> is left out on purpose: browsers apply it to the whole
    /// redirect chain after a post and would cut the way back to apps.</summary>
    /// <param name="headers">Of the page's answer.</param>
    /// <param name="scriptNonce">Admits the page's own inline scripts; null admits none.</param>
    public static void ApplyToPage(IHeaderDictionary headers, string? scriptNonce = null)
    {
        var script = scriptNonce is null ? "" : $"script-src 'nonce-{scriptNonce}'; ";
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; "
            + script
            + "img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
    }
}
