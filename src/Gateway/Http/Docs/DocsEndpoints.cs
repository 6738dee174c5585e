using System.Security.Cryptography;

namespace Arda.Gateway.Http.Docs;

/// <summary>The door of the error documentation: pages without script, under a strict CSP.</summary>
public static class DocsEndpoints
{
    private const string StylesheetPath = "/docs/docs.css";
    private const string CachedShortly = "public, max-age=300";
    private const string CachedForever = "public, max-age=31536000, immutable";

    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];
    private static readonly byte[] s_stylesheet = ReadStylesheet();

    /// <summary>Named by its content, so that it can be cached for ever.</summary>
    internal static readonly string StylesheetUrl =
        $"{StylesheetPath}?v={Convert.ToHexStringLower(SHA256.HashData(s_stylesheet))[..12]}";

    public static IEndpointRouteBuilder MapErrorDocs(this IEndpointRouteBuilder app)
    {
        var pages = new ErrorPages(app.ServiceProvider.GetRequiredService<DenialTable>());
        app.MapMethods("/docs/errors", s_reads, context => SendPageAsync(context, pages.Index));
        app.MapMethods("/docs/errors/{code}", s_reads, context => SendArticleAsync(context, pages));
        app.MapMethods(StylesheetPath, s_reads, SendStylesheetAsync);
        return app;
    }

    private static Task SendArticleAsync(HttpContext context, ErrorPages pages)
    {
        var code = context.Request.RouteValues["code"] as string ?? "";
        if (pages.Find(code) is { } page)
        {
            return SendPageAsync(context, page);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return SendPageAsync(context, pages.Unknown);
    }

    private static Task SendPageAsync(HttpContext context, byte[] page)
    {
        SecurityHeaders.ApplyToPage(context.Response.Headers);
        return SendAsync(context, page, "text/html; charset=utf-8", CachedShortly);
    }

    private static Task SendStylesheetAsync(HttpContext context) =>
        SendAsync(context, s_stylesheet, "text/css; charset=utf-8", CachedForever);

    private static async Task SendAsync(HttpContext context, byte[] body, string type, string cache)
    {
        var response = context.Response;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = cache;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static byte[] ReadStylesheet()
    {
        using var resource = typeof(DocsEndpoints).Assembly.GetManifestResourceStream(
            "Http/Docs/docs.css"
        )!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
