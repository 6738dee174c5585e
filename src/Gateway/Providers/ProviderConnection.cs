using System.Net.Http.Headers;
using Arda.Gateway.Catalog;

namespace Arda.Gateway.Providers;

/// <summary>One provider as we reach it: its addresses, its key, its pool of connections.</summary>
internal sealed class ProviderConnection : IDisposable
{
    private const string AnthropicVersion = "2023-06-01";
    private const string UserAgent = "arda-gateway/1";

    private static readonly MediaTypeHeaderValue s_json = new("application/json");
    private static readonly HttpRequestOptionsKey<UpstreamCall> s_call = new("arda.call");

    private readonly Provider _provider;
    private readonly UpstreamAddresses _addresses;
    private readonly ProviderKey? _key;
    private readonly string? _bearer;
    private readonly HttpMessageInvoker _invoker;

    /// <param name="provider">Of the catalog.</param>
    /// <param name="baseUrl">Where it listens.</param>
    /// <param name="key">Null where none is needed or known.</param>
    /// <param name="handler">Sockets, or the simulated provider in this process.</param>
    /// <param name="isSimulated">Whether the handler is the simulated provider.</param>
    public ProviderConnection(
        Provider provider,
        Uri baseUrl,
        ProviderKey? key,
        HttpMessageHandler handler,
        bool isSimulated
    )
    {
        _provider = provider;
        _addresses = new UpstreamAddresses(baseUrl);
        _key = key;
        _bearer =
            key is not null && provider.Auth == ProviderAuth.Bearer
                ? "Bearer " + key.Reveal()
                : null;
        IsSimulated = isSimulated;
        // The simulated provider is shared by all that it stands in for.
        _invoker = new HttpMessageInvoker(handler, disposeHandler: !isSimulated);
    }

    public bool IsSimulated { get; }

    public bool IsConfigured =>
        IsSimulated || _key is not null || _provider.Auth == ProviderAuth.None;

    public required bool BillsOnDisconnect { get; init; }

    public Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken ct) =>
        _invoker.SendAsync(RequestFor(call), ct);

    public static UpstreamCall? CallOf(HttpRequestMessage request) =>
        request.Options.TryGetValue(s_call, out var call) ? call : null;

    public void Dispose() => _invoker.Dispose();

    private HttpRequestMessage RequestFor(UpstreamCall call)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _addresses.Of(call))
        {
            Content = new ReadOnlyMemoryContent(call.Body),
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (request.RequestUri!.Scheme == Uri.UriSchemeHttps)
        {
            request.Version = System.Net.HttpVersion.Version20;
        }

        request.Content.Headers.ContentType = s_json;
        var headers = request.Headers;
        headers.TryAddWithoutValidation("User-Agent", UserAgent);
        headers.TryAddWithoutValidation(
            "Accept",
            call.Stream ? "text/event-stream" : "application/json"
        );
        headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        headers.TryAddWithoutValidation("X-Client-Request-Id", call.RequestId);
        Authorize(headers);
        if (call.Protocol == OfferProtocol.AnthropicMessages)
        {
            headers.TryAddWithoutValidation("anthropic-version", AnthropicVersion);
        }

        for (var i = 0; i < call.Headers.Count; i++)
        {
            var (name, value) = call.Headers[i];
            if (
                call.Protocol == OfferProtocol.AnthropicMessages
                && name.Equals(DialectHeaders.AnthropicBeta, StringComparison.OrdinalIgnoreCase)
            )
            {
                headers.TryAddWithoutValidation(DialectHeaders.AnthropicBeta, value);
            }
        }

        if (IsSimulated)
        {
            request.Options.Set(s_call, call);
        }

        return request;
    }

    private void Authorize(HttpRequestHeaders headers)
    {
        if (_key is null)
        {
            return;
        }

        if (_bearer is not null)
        {
            headers.TryAddWithoutValidation("Authorization", _bearer);
        }
        else
        {
            headers.TryAddWithoutValidation(
                _provider.Auth == ProviderAuth.XApiKey ? "x-api-key" : "x-goog-api-key",
                _key.Reveal()
            );
        }
    }
}
