using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Which requests the server has not ended, for the message of a test that waits for them.</summary>
internal sealed class RunningRequests : IStartupFilter
{
    private readonly ConcurrentDictionary<HttpContext, string> _running = new();

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(WatchAsync);
            next(app);
        };

    public override string ToString() => string.Join(", ", _running.Values);

    private async Task WatchAsync(HttpContext http, RequestDelegate next)
    {
        _running[http] = $"{http.Request.Method} {http.Request.Path}";
        try
        {
            await next(http);
        }
        finally
        {
            _running.TryRemove(http, out _);
        }
    }
}
