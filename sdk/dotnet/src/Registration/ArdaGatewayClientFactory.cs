using Microsoft.Extensions.Options;

namespace Arda.Gateway.Sdk;

/// <summary>Makes clients for users' keys that the app has kept. Registered by
/// <c>AddArdaGateway</c>; connections are shared.</summary>
public sealed class ArdaGatewayClientFactory
{
    internal const string HttpClientName = "Arda.Gateway.Sdk";

    private readonly IHttpClientFactory _http;
    private readonly IOptionsMonitor<ArdaGatewayOptions> _options;
    private readonly TimeProvider _time;

    internal ArdaGatewayClientFactory(
        IHttpClientFactory http,
        IOptionsMonitor<ArdaGatewayOptions> options,
        TimeProvider? time
    ) => (_http, _options, _time) = (http, options, time ?? TimeProvider.System);

    /// <summary>A client for one key.</summary>
    /// <param name="apiKey">The user's key, <c>gw_sk_…</c>.</param>
    /// <exception cref="GatewayArgumentException"><c>invalid_api_key</c>.</exception>
    public ArdaGatewayClient Create(string apiKey) =>
        new(
            new ArdaGatewayClientOptions
            {
                ApiKey = apiKey,
                BaseAddress = _options.CurrentValue.BaseAddress,
                TimeProvider = _time,
            },
            _http.CreateClient(HttpClientName)
        );

    /// <summary>The client of the app's own key.</summary>
    internal ArdaGatewayClient CreateOwn() =>
        Create(_options.CurrentValue.ApiKey ?? throw Missing(nameof(ArdaGatewayOptions.ApiKey)));

    internal GatewayOAuthClient CreateOAuth()
    {
        var options = _options.CurrentValue;
        return new GatewayOAuthClient(
            new GatewayOAuthOptions
            {
                ClientId = options.ClientId ?? throw Missing(nameof(ArdaGatewayOptions.ClientId)),
                ClientSecret = options.ClientSecret,
                BaseAddress = options.BaseAddress,
                TimeProvider = _time,
            },
            _http.CreateClient(HttpClientName)
        );
    }

    private static GatewayArgumentException Missing(string name) =>
        new("missing_argument", $"{nameof(ArdaGatewayOptions)}.{name} is not set.");
}
