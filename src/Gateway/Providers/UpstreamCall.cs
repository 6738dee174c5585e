using Arda.Gateway.Catalog;

namespace Arda.Gateway.Providers;

/// <summary>One request to a provider, in the provider's own words already.</summary>
public sealed record UpstreamCall
{
    public required string ProviderId { get; init; }

    /// <summary>The model's name at the provider.</summary>
    public required string UpstreamModel { get; init; }

    public required OfferProtocol Protocol { get; init; }

    public required UpstreamOperation Operation { get; init; }

    /// <summary>Sent as it is; it must not change before the call is answered.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public bool Stream { get; init; }

    /// <summary>Headers of the dialect. Only those that <see cref="DialectHeaders"/> names are
    /// sent: whatever else a caller says stays with us.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Our own id of the request, so that a provider's support can find it.</summary>
    public required string RequestId { get; init; }
}

public enum UpstreamOperation
{
    Generate,
    CountTokens,
    Embed,
}

/// <summary>The only headers of a call that leave this process, and to whom.</summary>
public static class DialectHeaders
{
    public const string AnthropicBeta = "anthropic-beta";

    /// <summary>Faults on demand; only the simulated provider hears it.</summary>
    public const string Simulate = "X-Arda-Simulate";
}
