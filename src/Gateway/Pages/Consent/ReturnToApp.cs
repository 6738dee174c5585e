using System.Text;
using System.Text.Encodings.Web;
using Arda.Gateway.Http;

namespace Arda.Gateway.Pages.Consent;

/// <summary>
/// Sends the person back to the app: 303, whatever the address. The scheme of an app on the device
/// may open nothing, and then a browser stays where it is; so the answer also is a page with a
/// link, and tells a script of ours the address when that asks for it.
/// </summary>
internal sealed class ReturnToApp(string uri) : IResult
{
    /// <summary>Sent by the script of the consent page.</summary>
    public const string ScriptHeader = "X-Arda-Return";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        SecurityHeaders.ApplyToPage(response.Headers);
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        if (httpContext.Request.Headers.ContainsKey(ScriptHeader))
        {
            await response.WriteAsJsonAsync(
                new Dictionary<string, string>(StringComparer.Ordinal) { ["return_to"] = uri },
                httpContext.RequestAborted
            );
            return;
        }

        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = uri;
        if (IsOfTheWeb(uri))
        {
            return;
        }

        var page = Encoding.UTF8.GetBytes(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Return to the app"
                + "</title><p><a href=\""
                + HtmlEncoder.Default.Encode(uri)
                + "\">Return to the app</a></p></html>"
        );
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = page.Length;
        await response.Body.WriteAsync(page, httpContext.RequestAborted);
    }

    private static bool IsOfTheWeb(string uri) =>
        uri.StartsWith("https://", StringComparison.Ordinal)
        || uri.StartsWith("http://", StringComparison.Ordinal);
}
