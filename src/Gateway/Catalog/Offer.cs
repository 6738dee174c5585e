namespace Arda.Gateway.Catalog;

/// <summary>A model as one provider sells it.</summary>
public sealed record Offer
{
    public required string ModelId { get; init; }

    public required string ProviderId { get; init; }

    /// <summary>The model's name at the provider.</summary>
    public required string UpstreamId { get; init; }

    /// <summary>In the catalog's order of preference.</summary>
    public required IReadOnlyList<OfferProtocol> Protocols { get; init; }

    public required long ContextWindow { get; init; }

    /// <summary>The longest prompt, where it is less than the window.</summary>
    public long? MaxInput { get; init; }

    public required long MaxOutput { get; init; }

    public long? MinCacheableTokens { get; init; }

    public required PriceSheet Price { get; init; }

    /// <summary>Service tiers that a request may ask for.</summary>
    public IReadOnlyList<string> ServiceTiers { get; init; } = [];

    public DateOnly? DeprecatedAt { get; init; }

    /// <summary>The first UTC day on which the provider no longer sells it.</summary>
    public DateOnly? DeactivatesAt { get; init; }

    public bool IsSoldAt(DateTimeOffset at) =>
        DeactivatesAt is not { } end || DateOnly.FromDateTime(at.UtcDateTime) < end;

    /// <summary>Whether it can give that many answers to one request: only Chat has a word for it.</summary>
    public bool GivesChoices(int choices) =>
        choices == 1 || Protocols.Contains(OfferProtocol.OpenAiChat);

    /// <summary>
    /// Whether we know what this service tier costs. A dearer tier without a known factor would be
    /// billed too low, so such a request must be refused.
    /// </summary>
    public bool KnowsServiceTier(string? tier) =>
        tier is null or "" or "auto" or "default" or "standard" or "standard_only" or "flex"
        || Price.Multipliers.Any(m =>
            string.Equals(m.Key, tier, StringComparison.OrdinalIgnoreCase)
        );
}

public enum OfferProtocol
{
    OpenAiChat,
    OpenAiResponses,
    AnthropicMessages,
    GeminiGenerate,
    OpenAiEmbeddings,
    GeminiEmbed,
}

/// <summary>Who sells offers: where it listens and how it wants to see its key.</summary>
public sealed record Provider
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Null for the simulated provider, which listens nowhere.</summary>
    public Uri? BaseUrl { get; init; }

    public required ProviderAuth Auth { get; init; }
}

public enum ProviderAuth
{
    None,

    /// <summary><c>Authorization: Bearer</c>.</summary>
    Bearer,

    /// <summary><c>x-api-key</c>, Anthropic.</summary>
    XApiKey,

    /// <summary><c>x-goog-api-key</c>, Gemini.</summary>
    XGoogApiKey,
}
