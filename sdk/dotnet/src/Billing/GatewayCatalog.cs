using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>The models that can be asked, with the prices that this key's user pays.</summary>
public sealed record GatewayCatalog
{
    /// <summary>The day of the price list.</summary>
    public string? AsOf { get; init; }

    /// <summary>How prices are to be read; null for keys without <c>models:read</c>, which see no
    /// models.</summary>
    public GatewayPricingContext? PricingContext { get; init; }

    /// <summary>The models.</summary>
    public required IReadOnlyList<GatewayModel> Models { get; init; }

    /// <summary>What <c>arda/auto</c> understands; null where no model can be chosen.</summary>
    public GatewayAutoRoute? AutoRoute { get; init; }

    /// <summary>Further members as they came.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>How prices are to be read.</summary>
public sealed record GatewayPricingContext
{
    /// <summary><c>USD</c>.</summary>
    public string? Currency { get; init; }

    /// <summary><c>per_million_tokens</c>.</summary>
    public string? Unit { get; init; }

    /// <summary>What the gateway's operator adds, in hundredths of a percent.</summary>
    public int GatewayMarkupBps { get; init; }

    /// <summary>What the app's owner adds, in hundredths of a percent.</summary>
    public int ResellerMarkupBps { get; init; }

    /// <summary>Who adds it.</summary>
    public string? ResellerName { get; init; }

    /// <summary>Prices are what the user pays, markups included.</summary>
    public bool IncludesMarkup { get; init; }

    /// <summary>One plain sentence about the markup.</summary>
    public string? Disclosure { get; init; }
}

/// <summary>A model that can be asked.</summary>
public sealed record GatewayModel
{
    /// <summary>What a request names it by.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary><c>language</c>, <c>embedding</c> or <c>image</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Who made it.</summary>
    public string? Vendor { get; init; }

    /// <summary>Such as <c>active</c>.</summary>
    public string? Status { get; init; }

    /// <summary>The most tokens of request and answer together.</summary>
    public long? ContextWindow { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>Such as <c>text</c> and <c>image</c>.</summary>
    public IReadOnlyList<string> InputModalities
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Such as <c>tools</c> and <c>reasoning</c>.</summary>
    public IReadOnlyList<string> Capabilities
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Decimal texts by class of tokens, as the wire has them.</summary>
    public JsonElement? Pricing { get; init; }

    /// <summary>One plain sentence with the price the user really pays, markup included and
    /// named.</summary>
    public required string Disclosure { get; init; }

    /// <summary>Where token counts were asked about.</summary>
    public GatewayEstimate? EstimatedCost { get; init; }
}

/// <summary>What a request of so many tokens costs the user.</summary>
public sealed record GatewayEstimate
{
    /// <summary>Tokens of the request.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public long OutputTokens { get; init; }

    /// <summary>What the user pays, markups included and named.</summary>
    [JsonIgnore]
    public GatewayCost Cost => GatewayCost.Of(WireCost ?? 0, WireCostDetails);

    [JsonInclude]
    [JsonPropertyName("cost")]
    internal decimal? WireCost { get; init; }

    [JsonInclude]
    [JsonPropertyName("cost_details")]
    internal GatewayCostDetails? WireCostDetails { get; init; }
}

/// <summary>What the catalog and the bootstrap show.</summary>
public sealed record GatewayModelQuery
{
    /// <summary>Kinds of models, such as <c>language</c>; all that can be called when
    /// absent.</summary>
    [JsonConverter(typeof(OneOrManyConverter))]
    public IReadOnlyCollection<string>? Types { get; init; }

    /// <summary>A typical request of the app; each model then says what it costs.</summary>
    public GatewayTypicalUsage? Usage { get; init; }
}

/// <summary>A typical request of an app.</summary>
/// <param name="InputTokens">Tokens of the request.</param>
/// <param name="OutputTokens">Tokens of the answer.</param>
public sealed record GatewayTypicalUsage(long InputTokens, long OutputTokens);
