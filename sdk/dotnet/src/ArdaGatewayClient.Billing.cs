using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

public sealed partial class ArdaGatewayClient
{
    /// <summary>
    /// All that an app wants to know before it begins, in one round trip: the billing decision,
    /// what to do about it, account, catalog, a picker's choices with their prices, and
    /// <c>arda/auto</c>. Needs no scope; what is missing is named.
    /// </summary>
    /// <param name="request">What the app wants of an account, and which models it shows.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayBootstrap> GetEmbeddedAppBootstrapAsync(
        GatewayBootstrapRequest? request = null,
        CancellationToken cancellationToken = default
    )
    {
        var call = new GatewayCall(HttpMethod.Post, "/v1/gateway/bootstrap")
        {
            Json = JsonSerializer.SerializeToUtf8Bytes(
                request ?? new GatewayBootstrapRequest(),
                GatewayJson.Default.GatewayBootstrapRequest
            ),
        };
        return ReadAsync(
            call,
            GatewayJson.Default.GatewayBootstrap,
            "a bootstrap",
            cancellationToken
        );
    }

    /// <summary>Who pays, what is left, and what this key may do. Needs the scope
    /// <c>balance:read</c>.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(
            new(HttpMethod.Get, "/v1/gateway/status"),
            GatewayJson.Default.GatewayStatus,
            "a key's status",
            cancellationToken
        );

    /// <summary>The models with the prices that this key's user pays. Needs the scope
    /// <c>models:read</c>.</summary>
    /// <param name="query">Which kinds, and a typical request to estimate.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayCatalog> GetCatalogAsync(
        GatewayModelQuery? query = null,
        CancellationToken cancellationToken = default
    )
    {
        List<KeyValuePair<string, string>> asked = [];
        if (query?.Types is { Count: > 0 } types)
        {
            asked.Add(new("types", string.Join(',', types)));
        }

        if (query?.Usage is { } usage)
        {
            asked.Add(new("input_tokens", Text(usage.InputTokens)));
            asked.Add(new("output_tokens", Text(usage.OutputTokens)));
        }

        return ReadAsync(
            new(HttpMethod.Get, "/v1/gateway/catalog") { Query = asked },
            GatewayJson.Default.GatewayCatalog,
            "a catalog",
            cancellationToken
        );
    }

    /// <summary>Route, expected cost and upper bound of a request, without running it. Needs the
    /// scope <c>models:read</c>.</summary>
    /// <param name="request">The very request that would be sent.</param>
    /// <param name="outputTokens">The length of answer that
    /// <see cref="GatewayQuote.Expected"/> supposes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayQuote> QuoteAsync(
        GatewayChatRequest request,
        long? outputTokens = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = new GatewayCall(HttpMethod.Post, "/v1/gateway/quote")
        {
            Query = outputTokens is { } length ? [new("output_tokens", Text(length))] : [],
            Json = JsonSerializer.SerializeToUtf8Bytes(
                request,
                GatewayJson.Default.GatewayChatRequest
            ),
        };
        return ReadAsync(call, GatewayJson.Default.GatewayQuote, "a quote", cancellationToken);
    }

    /// <summary>A page of what this key's app has used; of a user's own key, what the whole project
    /// has. Newest first. Needs the scope <c>usage:read</c>.</summary>
    /// <param name="query">Which span, and which page.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayUsagePage> ListUsageAsync(
        GatewayUsageQuery? query = null,
        CancellationToken cancellationToken = default
    )
    {
        List<KeyValuePair<string, string>> asked = [];
        void Ask(string name, string? value)
        {
            if (value is not null)
            {
                asked.Add(new(name, value));
            }
        }

        Ask("from", Text(query?.From));
        Ask("to", Text(query?.To));
        Ask("limit", query?.Limit is { } limit ? Text(limit) : null);
        Ask("before", query?.Before);
        return ReadAsync(
            new(HttpMethod.Get, "/v1/gateway/usage") { Query = asked },
            GatewayJson.Default.GatewayUsagePage,
            "usage",
            cancellationToken
        );
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Text(DateTimeOffset? moment) =>
        moment
            ?.ToUniversalTime()
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
