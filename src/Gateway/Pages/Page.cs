using System.Text;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages.Styles;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Arda.Gateway.Pages;

/// <summary>A component that is a whole page: it shows one model and nothing else.</summary>
public abstract class PageView<TModel> : ComponentBase
    where TModel : class
{
    [Parameter, EditorRequired]
    public TModel Model { get; set; } = null!;
}

/// <summary>Renders a page on the server, once: no circuit, no script of the framework.</summary>
internal static class Page
{
    public static IResult Of<TView, TModel>(
        TModel model,
        int status = StatusCodes.Status200OK,
        string? script = null
    )
        where TView : PageView<TModel>
        where TModel : class => new Rendered<TView, TModel>(model, status, script);

    /// <summary>A page without forms that change anything, the same for whoever reads it: it needs no
    /// cookie, and may be kept for a while.</summary>
    public static IResult OfEverybody<TView, TModel>(
        TModel model,
        int status = StatusCodes.Status200OK
    )
        where TView : PageView<TModel>
        where TModel : class => new Rendered<TView, TModel>(model, status, null, isPersonal: false);

    /// <summary>After a form was taken: the browser asks for a page anew, and reloading it repeats
    /// nothing.</summary>
    public static IResult SeeOther(string url) => new Redirect(url);

    private sealed class Redirect(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            SecurityHeaders.ApplyToPage(response.Headers);
            response.Headers.CacheControl = "no-store";
            response.StatusCode = StatusCodes.Status303SeeOther;
            response.Headers.Location = url;
            return Task.CompletedTask;
        }
    }

    private sealed class Rendered<TView, TModel>(
        TModel model,
        int status,
        string? script,
        bool isPersonal = true
    ) : IResult
        where TView : PageView<TModel>
        where TModel : class
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var services = httpContext.RequestServices;
            var visit = services.GetRequiredService<Visit>();
            if (isPersonal)
            {
                visit.FormToken = services.GetRequiredService<FormTokens>().Of(httpContext);
            }

            if (script is not null)
            {
                visit.Run(script);
            }

            var html = await RenderAsync(services);
            var response = httpContext.Response;
            SecurityHeaders.ApplyToPage(response.Headers, visit.Nonce);
            if (KeepsToItself(httpContext.Request.Path))
            {
                response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            }

            response.Headers.CacheControl = isPersonal ? "no-store" : "public, max-age=300";
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            var bytes = Encoding.UTF8.GetBytes(html);
            if (!isPersonal)
            {
                bytes = Packing.Packed(httpContext, bytes);
            }

            response.ContentLength = bytes.Length;
            await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
        }

        // Not on the way of an app: that would cut a sign-in in a window of the app's own.
        private static bool KeepsToItself(PathString path) =>
            path.StartsWithSegments("/account", StringComparison.Ordinal)
            || path.StartsWithSegments("/console", StringComparison.Ordinal);

        private async Task<string> RenderAsync(IServiceProvider services)
        {
            await using var renderer = new HtmlRenderer(
                services,
                services.GetRequiredService<ILoggerFactory>()
            );
            return await renderer.Dispatcher.InvokeAsync(async () =>
            {
                var parameters = new Dictionary<string, object?>
                {
                    [nameof(PageView<TModel>.Model)] = model,
                };
                var root = await renderer.RenderComponentAsync<TView>(
                    ParameterView.FromDictionary(parameters)
                );
                return root.ToHtmlString();
            });
        }
    }
}
