using System.Text.Json;
using Arda.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Http;

/// <summary>A real server on a free port with nothing but the edge and the test's own routes.</summary>
public sealed class EdgeHost : IAsyncDisposable
{
    private EdgeHost(WebApplication app, HttpClient client) => (App, Client) = (app, client);

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public static async Task<EdgeHost> StartAsync(
        Action<WebApplication>? routes = null,
        Dictionary<string, string?>? settings = null,
        OriginApproval? origins = null,
        Action<WebApplicationBuilder>? configure = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddEdge(_ => origins ?? ((_, _) => ValueTask.FromResult(false)));
        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseEdge();
        app.MapHealth();
        routes?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        return new EdgeHost(
            app,
            new HttpClient(handler) { BaseAddress = new Uri(app.Urls.First()) }
        );
    }

    public static async Task<JsonElement> ErrorAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(text);
        return body.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}

public static class Headers
{
    /// <summary>The one value of a header of the answer; fails when it is sent twice.</summary>
    public static string? Header(this HttpResponseMessage response, string name)
    {
        if (
            response.Headers.TryGetValues(name, out var values)
            || response.Content.Headers.TryGetValues(name, out values)
        )
        {
            return string.Join("|", values);
        }

        return null;
    }
}
