using System.Globalization;

namespace Arda.Gateway.Sdk;

/// <summary>What the headers of an inference answer say, errors and streams included. Each member
/// is null where the answer does not say it.</summary>
public class GatewayResponseMetadata
{
    /// <summary><c>X-Gateway-Balance-Cents</c> and <c>X-Gateway-Balance-Warning</c>.</summary>
    public GatewayBalance? Balance { get; }

    /// <summary><c>X-Arda-Selected-Model</c> and <c>X-Arda-Routing-Class</c>.</summary>
    public GatewayRoute? Routing { get; }

    /// <summary><c>X-RateLimit-Limit</c> and <c>X-RateLimit-Remaining</c>.</summary>
    public GatewayRateLimit? RateLimit { get; }

    /// <summary><c>x-request-id</c>: names the request in the operator's log.</summary>
    public string? RequestId { get; }

    /// <summary><c>X-Arda-Generation-Id</c>: names the receipt.</summary>
    public string? GenerationId { get; }

    /// <summary><c>X-Arda-Max-Tokens-Applied</c>: the output limit that the gateway set because the
    /// balance affords no more.</summary>
    public long? MaxTokensApplied { get; }

    /// <summary><c>X-Arda-Idempotent-Replay</c>: this is the stored answer of an earlier request
    /// with the same idempotency key.</summary>
    public bool IsReplay { get; }

    /// <summary>Reads the headers of an answer that any client got.</summary>
    /// <param name="response">The answer.</param>
    public static GatewayResponseMetadata Of(HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return new GatewayResponseMetadata(response);
    }

    /// <summary>
    /// Reads header names and values as other clients hand them out. With the official OpenAI
    /// client: <c>GatewayResponseMetadata.Of(result.GetRawResponse().Headers)</c>.
    /// </summary>
    /// <param name="headers">Names, in any case, and values.</param>
    public static GatewayResponseMetadata Of(IEnumerable<KeyValuePair<string, string>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return new GatewayResponseMetadata(headers);
    }

    private protected GatewayResponseMetadata(HttpResponseMessage response)
        : this(Pairs(response)) { }

    private GatewayResponseMetadata(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in pairs)
        {
            headers.TryAdd(name, value);
        }

        if (Number(headers, "X-Gateway-Balance-Cents") is { } cents)
        {
            Balance = new GatewayBalance(
                cents,
                headers.GetValueOrDefault("X-Gateway-Balance-Warning")
            );
        }

        if (headers.TryGetValue("X-Arda-Selected-Model", out var model))
        {
            Routing = new GatewayRoute(model, headers.GetValueOrDefault("X-Arda-Routing-Class"));
        }

        if (
            Number(headers, "X-RateLimit-Limit") is { } limit
            && Number(headers, "X-RateLimit-Remaining") is { } remaining
        )
        {
            RateLimit = new GatewayRateLimit(limit, remaining);
        }

        RequestId = headers.GetValueOrDefault("x-request-id");
        GenerationId = headers.GetValueOrDefault("X-Arda-Generation-Id");
        MaxTokensApplied = Number(headers, "X-Arda-Max-Tokens-Applied");
        IsReplay = headers.GetValueOrDefault("X-Arda-Idempotent-Replay") == "true";
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(HttpResponseMessage response) =>
        response.Headers.NonValidated.Select(header =>
            KeyValuePair.Create(header.Key, header.Value.ToString())
        );

    private static long? Number(IReadOnlyDictionary<string, string> headers, string name) =>
        long.TryParse(
            headers.GetValueOrDefault(name),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}

/// <summary>Which model answered.</summary>
/// <param name="SelectedModel">The concrete model.</param>
/// <param name="Class">The kind of task that <c>arda/auto</c> saw, such as <c>coding</c>.</param>
public sealed record GatewayRoute(string SelectedModel, string? Class);

/// <summary>Requests per minute.</summary>
/// <param name="Limit">How many a minute has.</param>
/// <param name="Remaining">How many are left in this one.</param>
public sealed record GatewayRateLimit(long Limit, long Remaining);
