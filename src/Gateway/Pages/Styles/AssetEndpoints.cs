using Arda.Gateway.Pages.Shell;

namespace Arda.Gateway.Pages.Styles;

/// <summary>What pages load. Each address names its content, so browsers ask once.</summary>
internal static class AssetEndpoints
{
    private const string CachedForever = "public, max-age=31536000, immutable";

    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];

    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Stylesheet.Url, s_reads, SendStylesheetAsync);
        routes.MapMethods(
            Icon.Url,
            s_reads,
            (HttpContext http) => SendAsync(http, Icon.Svg, "image/svg+xml")
        );
    }

    private static Task SendStylesheetAsync(HttpContext http)
    {
        http.Response.Headers.Vary = "Accept-Encoding";
        if (!Packing.IsTaken(http.Request))
        {
            return SendAsync(http, Stylesheet.Plain, "text/css; charset=utf-8");
        }

        http.Response.Headers.ContentEncoding = "br";
        return SendAsync(http, Stylesheet.Brotli, "text/css; charset=utf-8");
    }

    private static async Task SendAsync(HttpContext http, byte[] body, string type)
    {
        var response = http.Response;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = CachedForever;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(body, http.RequestAborted);
        }
    }
}
