using System.Net;

namespace Arda.Gateway.Load.Targets;

/// <summary>
/// The least that an ASP.NET gateway can do: Kestrel in, SocketsHttpHandler out, bytes copied, each
/// piece flushed. No key, no limit, no price. What ours costs is told as a multiple of this.
/// </summary>
internal sealed class Passthrough(string upstream) : IDisposable
{
    // Headers of one hop only, which each side writes for itself.
    private static readonly HashSet<string> OneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host",
        "Connection",
        "Keep-Alive",
        "Transfer-Encoding",
    };

    private readonly HttpMessageInvoker _upstream = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
        }
    );

    public static int Serve(string url, string upstream)
    {
        using var passthrough = new Passthrough(upstream);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Run(passthrough.HandleAsync);
        app.Run();
        return 0;
    }

    public void Dispose() => _upstream.Dispose();

    private async Task HandleAsync(HttpContext http)
    {
        using var request = Outgoing(http.Request);
        using var answer = await _upstream.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated)
        {
            if (!OneHop.Contains(name))
            {
                http.Response.Headers[name] = values.ToString();
            }
        }

        foreach (var (name, values) in answer.Content.Headers.NonValidated)
        {
            http.Response.Headers[name] = values.ToString();
        }

        await CopyAsync(answer, http);
    }

    private HttpRequestMessage Outgoing(HttpRequest from)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(from.Method),
            upstream + from.Path + from.QueryString
        )
        {
            Content = new StreamContent(from.Body, 64 * 1024),
        };
        foreach (var (name, values) in from.Headers)
        {
            IEnumerable<string?> all = values;
            if (!OneHop.Contains(name) && !request.Headers.TryAddWithoutValidation(name, all))
            {
                request.Content.Headers.TryAddWithoutValidation(name, all);
            }
        }

        return request;
    }

    private static async Task CopyAsync(HttpResponseMessage answer, HttpContext http)
    {
        await using var from = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
        var to = http.Response.BodyWriter;
        while (true)
        {
            var read = await from.ReadAsync(to.GetMemory(8192), http.RequestAborted);
            if (read == 0)
            {
                return;
            }

            to.Advance(read);
            await to.FlushAsync(http.RequestAborted);
        }
    }
}
