using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using IPNetwork = System.Net.IPNetwork;

namespace Arda.Gateway.Http;

/// <summary>The door of this room: what Program.cs calls.</summary>
public static class EdgeSetup
{
    private const int RequestHeadersBytesMax = 32 << 10;

    // An authorize address carries a state of up to 4 KiB, three times as long when escaped.
    private const int RequestLineBytesMax = 20 << 10;
    private const int RequestHeadersMax = 100;
    private const int Http2StreamsMax = 256;

    /// <summary>
    /// Registers the edge and binds Kestrel: to the configured <c>Urls</c>, else to both loopbacks
    /// at the port of the public address.
    /// </summary>
    /// <param name="builder">Of the server.</param>
    /// <param name="isApproved">Which web origins may read answers (see <see cref="Cors"/>).</param>
    public static EdgeOptions AddEdge(
        this WebApplicationBuilder builder,
        Func<IServiceProvider, OriginApproval> isApproved
    )
    {
        var options = EdgeOptions.Read(builder.Configuration);
        var services = builder.Services;
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new DenialTable(options.PublicUrl, options.TopupAmountsCents));
        services.AddSingleton<ErrorDialects>();
        services.AddSingleton<HostGate>();
        services.AddSingleton(provider => new Cors(isApproved(provider)));
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = options.DrainNotice + options.DrainMax
        );
        services.Configure<KestrelServerOptions>(kestrel => Limit(kestrel, options));
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(DefaultUrl(options));
        }

        return options;
    }

    /// <summary>Puts the edge around everything; call it before any other middleware.</summary>
    public static WebApplication UseEdge(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<EdgeOptions>();
        app.UseClientCountry(options);
        if (options.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders(ForwardedBy(options.TrustedProxies));
        }

        app.UseMiddleware<Edge>();
        return app;
    }

    // The address alone. Scheme and host are the public address's, whatever a proxy says; otherwise
    // one that forwards a client's own headers would let it choose the issuer.
    private static ForwardedHeadersOptions ForwardedBy(IReadOnlyList<IPNetwork> proxies)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            // From the right through all proxies of ours, to the first address that is none.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in proxies)
        {
            options.KnownIPNetworks.Add(network);
        }

        return options;
    }

    /// <summary>Kestrel reads "localhost" as both 127.0.0.1 and [::1]. Behind a public name the
    /// operator says where to listen; until then it is this machine only.</summary>
    private static string DefaultUrl(EdgeOptions options)
    {
        var url = new Uri(options.PublicUrl);
        return url.IsLoopback && !options.IsHttps
            ? $"http://localhost:{url.Port}"
            : "http://localhost:8787";
    }

    private static void Limit(KestrelServerOptions kestrel, EdgeOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.RequestBytesMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = RequestHeadersBytesMax;
        kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
        kestrel.Limits.MaxRequestHeaderCount = RequestHeadersMax;
        kestrel.Limits.RequestHeadersTimeout = options.RequestHeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = options.KeepAliveTimeout;
        kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = Http2StreamsMax;
    }
}
