using System.Collections.Frozen;
using System.Net;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Providers.Simulated;

namespace Arda.Gateway.Providers;

/// <summary>All providers of the catalog, made once at start. One pool of connections
/// each.</summary>
internal sealed class ProviderConnections : IDisposable
{
    public const string SimulatedId = "simulated";

    /// <summary>Providers that stop writing, and billing, when a stream is cut from our side.
    /// Those not named bill what they would have written, or are not known not to.</summary>
    private static readonly FrozenSet<string> s_stopOnDisconnect = new[]
    {
        SimulatedId,
        "anthropic",
        "deepseek",
        "fireworks",
        "openai",
        "openrouter",
        "together",
        "xai",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, ProviderConnection> _byId;

    public ProviderConnections(
        ModelCatalog catalog,
        ProvidersOptions options,
        SimulatedProvider simulated,
        HostResolver resolve,
        Func<string, string?> environment
    )
    {
        var ours = ModelCatalog.Load(null);
        _byId = catalog
            .Providers.Select(p => KeyValuePair.Create(p.Id, Connect(p)))
            .ToFrozenDictionary(StringComparer.Ordinal);

        ProviderConnection Connect(Provider provider)
        {
            var settings = options.Providers.GetValueOrDefault(provider.Id);
            var key = ProviderKeys.Find(provider, settings, environment);
            var (baseUrl, byOperator) = ProviderBaseUrl.Of(provider, settings, ours);
            var isSimulated =
                provider.Id == SimulatedId
                || (options.SimulateMissing && key is null && provider.Auth != ProviderAuth.None);
            HttpMessageHandler handler = isSimulated
                ? simulated
                : Sockets(baseUrl, byOperator, options, resolve);
            return new ProviderConnection(provider, baseUrl, key, handler, isSimulated)
            {
                BillsOnDisconnect =
                    settings?.BillsOnDisconnect
                    ?? !(isSimulated || s_stopOnDisconnect.Contains(provider.Id)),
            };
        }
    }

    public ProviderConnection Of(string providerId)
    {
        var known = _byId.TryGetValue(providerId, out var connection);
        Invariant.Holds(known, "an offer names a provider of the catalog");
        return connection!;
    }

    public void Dispose()
    {
        foreach (var connection in _byId.Values)
        {
            connection.Dispose();
        }
    }

    private static SocketsHttpHandler Sockets(
        Uri baseUrl,
        bool byOperator,
        ProvidersOptions options,
        HostResolver resolve
    )
    {
        var dialer = new HostDialer(baseUrl, byOperator, resolve, options.ConnectMax / 3);
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            // Trace ids of our users are no business of a provider.
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectMax,
            ConnectCallback = dialer.ConnectAsync,
            MaxConnectionsPerServer = options.ConnectionsMax,
            EnableMultipleHttp2Connections = true,
            // Names move; a pool that lives for ever would not notice.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // The end of a stream is drained so that its connection can be used again; one that
            // was cut is closed at once, because the provider goes on billing until it notices.
            MaxResponseDrainSize = 16 << 10,
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
            MaxResponseHeadersLength = 64,
        };
    }
}
