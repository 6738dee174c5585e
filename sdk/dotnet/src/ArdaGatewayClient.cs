using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;

namespace Arda.Gateway.Sdk;

/// <summary>
/// The gateway, called with one user's key. <see cref="GatewayOAuthClient"/> answers one with each
/// connection; make one yourself for a key that you kept. Safe to share between threads. Every call
/// is sent once; what may be repeated, and when, <see cref="GatewayRecovery"/> tells.
/// </summary>
public sealed partial class ArdaGatewayClient
{
    private readonly GatewayTransport _transport;
    private readonly AuthenticationHeaderValue _authorization;

    /// <summary>A client for one key.</summary>
    /// <param name="apiKey">The user's key, <c>gw_sk_…</c>.</param>
    /// <exception cref="GatewayArgumentException"><c>invalid_api_key</c>.</exception>
    public ArdaGatewayClient(string apiKey)
        : this(new ArdaGatewayClientOptions { ApiKey = apiKey }) { }

    /// <summary>A client for one key.</summary>
    /// <param name="options">Whose key, and which gateway.</param>
    /// <param name="http">Your own, for proxies, tests or logging. Switch its handler's
    /// <see cref="SocketsHttpHandler.AllowAutoRedirect"/> off, and give it a
    /// <see cref="HttpClient.Timeout"/> that long answers fit in. It is not disposed here.</param>
    /// <exception cref="GatewayArgumentException"><c>invalid_api_key</c> or
    /// <c>invalid_base_url</c>.</exception>
    public ArdaGatewayClient(ArdaGatewayClientOptions options, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ApiKey is not { Length: > 0 } key || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new GatewayArgumentException(
                "invalid_api_key",
                "ApiKey is a key such as gw_sk_…."
            );
        }

        ApiKey = key;
        _authorization = new AuthenticationHeaderValue("Bearer", key);
        _transport = new GatewayTransport(http, options.BaseAddress, options.TimeProvider);
    }

    /// <summary>The key, for official clients; see <see cref="OpenAIEndpoint"/>.</summary>
    public string ApiKey { get; }

    /// <summary>
    /// Where OpenAI's official client finds the gateway:
    /// <code>
    /// new ChatClient("arda/auto", new ApiKeyCredential(gateway.ApiKey),
    ///     new OpenAIClientOptions { Endpoint = gateway.OpenAIEndpoint });
    /// </code>
    /// </summary>
    public Uri OpenAIEndpoint => new(_transport.BaseAddress + "/v1");

    /// <summary>
    /// Where Anthropic's official client finds the gateway:
    /// <code>
    /// new AnthropicClient { ApiKey = gateway.ApiKey, BaseUrl = gateway.AnthropicBaseUrl };
    /// </code>
    /// </summary>
    public string AnthropicBaseUrl => _transport.BaseAddress;

    /// <summary>The signed receipt of one request. Needs the scope <c>usage:read</c>.</summary>
    /// <param name="id">The <see cref="GatewayResponseMetadata.GenerationId"/> of its
    /// answer.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayApiException">Such as <c>insufficient_scope</c> or
    /// <c>not_found</c>.</exception>
    public Task<GatewayGeneration> GetGenerationAsync(
        string id,
        CancellationToken cancellationToken = default
    )
    {
        GatewayArgumentException.Required(id, nameof(id));
        return ReadAsync(
            new(HttpMethod.Get, $"/v1/gateway/generations/{Uri.EscapeDataString(id)}"),
            GatewayJson.Default.GatewayGeneration,
            "a receipt",
            cancellationToken
        );
    }

    /// <summary>Puts an end to this key, as when the user signs out or the key leaked. When it
    /// returns, every node refuses the key, and this client with it.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task RevokeAsync(CancellationToken cancellationToken = default) =>
        await SendAsync(new(HttpMethod.Post, "/v1/keys/self/revoke"), cancellationToken)
            .ConfigureAwait(false);

    private async Task<T> ReadAsync<T>(
        GatewayCall call,
        JsonTypeInfo<T> type,
        string expected,
        CancellationToken ct
    )
        where T : class => (await SendAsync(call, ct).ConfigureAwait(false)).Read(type, expected);

    private async Task<GatewayAnswer> SendAsync(GatewayCall call, CancellationToken ct)
    {
        var signed = call with { Authorization = _authorization };
        var answer = await _transport.SendAsync(signed, ct).ConfigureAwait(false);
        return answer.IsSuccess ? answer : throw ErrorBodies.ExceptionOf(answer);
    }
}
