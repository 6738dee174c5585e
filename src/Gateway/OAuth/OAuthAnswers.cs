using System.Data.Common;
using Arda.Gateway.Http;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>Writes what the endpoints answer, and what they cannot.</summary>
internal static class OAuthAnswers
{
    /// <summary>JSON that no cache may keep.</summary>
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> json)
    {
        NoStore(http);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }

    /// <summary>JSON that anyone may read for a while.</summary>
    public static async Task WritePublicAsync(
        HttpContext http,
        ReadOnlyMemory<byte> json,
        TimeSpan maxAge
    )
    {
        var headers = http.Response.Headers;
        headers.CacheControl = $"public, max-age={(int)maxAge.TotalSeconds}";
        headers.AccessControlAllowOrigin = "*";
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }

    public static void NoStore(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
    }

    /// <summary>An endpoint that takes a form; its errors speak OAuth, a store that is away
    /// included.</summary>
    public static RequestDelegate OfForm(Func<HttpContext, StrictForm, Task<OAuthError?>> answer) =>
        Guarded(async http =>
        {
            var read = await StrictForm.ReadOnceEachAsync(http.Request, http.RequestAborted);
            if (read.Denied(out var denial, out var form))
            {
                await Errors.WriteForPathAsync(http, denial);
                return null;
            }

            return await answer(http, form);
        });

    public static RequestDelegate Guarded(Func<HttpContext, Task<OAuthError?>> answer) =>
        async http =>
        {
            OAuthError? error;
            try
            {
                error = await answer(http);
            }
            catch (Exception failure)
                when (failure is StoreUnavailableException or DbException
                    && !http.Response.HasStarted
                )
            {
                error = OAuthError.Unavailable;
            }

            if (error is not null)
            {
                await OAuthErrors.WriteAsync(http, error);
            }
        };
}
