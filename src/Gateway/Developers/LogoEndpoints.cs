using Arda.Gateway.Kernel;

namespace Arda.Gateway.Developers;

/// <summary>Takes logos and sends them.</summary>
internal static class LogoEndpoints
{
    private const string CachedForever = "public, max-age=31536000, immutable";

    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>For everybody who sees a page with it.</summary>
    public static void MapLogos(this IEndpointRouteBuilder routes) =>
        routes.MapMethods(AppLogos.Path + "{id}", s_reads, SendAsync);

    /// <summary>Within the group that lets only sessions through.</summary>
    public static void MapLogoUploads(this IEndpointRouteBuilder apps)
    {
        apps.MapPut("/{id}/logo", TakeAsync);
        apps.MapDelete("/{id}/logo", RemoveAsync);
    }

    private static async Task<IResult> SendAsync(string id, HttpContext http, AppLogos logos)
    {
        if (await logos.FindAsync(id, http.RequestAborted) is not { } logo)
        {
            return TypedResults.NotFound();
        }

        var headers = http.Response.Headers;
        headers.CacheControl = CachedForever;
        // Opened by itself it is an image and nothing else.
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Bytes(logo.Bytes, logo.MediaType);
    }

    private static async Task<IResult> TakeAsync(string id, HttpContext http, AppLogos logos)
    {
        if (await ReadAsync(http) is not { } bytes)
        {
            return new DeniedResult(new Denial.RequestTooLarge(LogoImage.BytesMax));
        }

        return DeveloperEndpoints.Answer(
            await logos.SetAsync(
                new AppId(id),
                DeveloperEndpoints.OwnerOf(http),
                bytes,
                http.RequestAborted
            )
        );
    }

    private static async Task<IResult> RemoveAsync(string id, HttpContext http, AppLogos logos) =>
        DeveloperEndpoints.Answer(
            await logos.RemoveAsync(
                new AppId(id),
                DeveloperEndpoints.OwnerOf(http),
                http.RequestAborted
            )
        );

    private static async Task<byte[]?> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentLength > LogoImage.BytesMax)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        var piece = new byte[16 << 10];
        while (await request.Body.ReadAsync(piece, http.RequestAborted) is > 0 and var count)
        {
            if (bytes.Length + count > LogoImage.BytesMax)
            {
                return null;
            }

            bytes.Write(piece, 0, count);
        }

        return bytes.ToArray();
    }
}
