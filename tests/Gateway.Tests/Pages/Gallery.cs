using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Styles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Pages;

/// <summary>One page in one state.</summary>
internal sealed record Exhibit(string Name, Func<IResult> Make, bool SignedIn = true);

/// <summary>
/// Every page in every state that is hard on it (long names, errors, nothing there), rendered as
/// the gateway renders it, with its headers and styles, but without the gateway.
/// </summary>
internal sealed class Gallery : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Gallery(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<Gallery> OpenAsync(IReadOnlyList<Exhibit> exhibits)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddScoped<Visit>();
        var edge = new EdgeOptions();
        var cookies = new Cookies(edge);
        builder.Services.AddSingleton(edge);
        builder.Services.AddSingleton(new FormTokens(cookies, edge));
        var app = builder.Build();
        app.MapAssets();
        foreach (var exhibit in exhibits)
        {
            app.MapGet(
                "/" + exhibit.Name,
                (HttpContext http, Visit visit) =>
                {
                    SecurityHeaders.Apply(http.Response.Headers, https: false);
                    visit.Session = exhibit.SignedIn ? Samples.Session : null;
                    return exhibit.Make();
                }
            );
        }

        await app.StartAsync();
        return new Gallery(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
