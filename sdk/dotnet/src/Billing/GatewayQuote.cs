using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>What a request would cost. Nothing has run, and nothing is held.</summary>
public sealed record GatewayQuote
{
    /// <summary>The model that would answer.</summary>
    public required string Model { get; init; }

    /// <summary>Where the request would go, and why.</summary>
    public required GatewayQuoteRoute Route { get; init; }

    /// <summary>Supposes an answer of ordinary length.</summary>
    public required GatewayQuoteAmount Expected { get; init; }

    /// <summary>What would be set aside when it begins.</summary>
    public required GatewayQuoteAmount Hold { get; init; }

    /// <summary>The most that it can cost.</summary>
    public required GatewayQuoteAmount UpperBound { get; init; }
}

/// <summary>Where a request would go, and why.</summary>
public sealed record GatewayQuoteRoute
{
    /// <summary>Whether <c>arda/auto</c> chose.</summary>
    public bool IsAuto { get; init; }

    /// <summary>What was preferred.</summary>
    public string? Mode { get; init; }

    /// <summary>The kind of task.</summary>
    public string? Class { get; init; }

    /// <summary>In a few words.</summary>
    public string? Reason { get; init; }

    /// <summary>In the order in which they are tried.</summary>
    public required IReadOnlyList<GatewayRouteCandidate> Candidates { get; init; }
}

/// <summary>A model at a provider that may answer.</summary>
/// <param name="Model">The model.</param>
/// <param name="Provider">Who runs it.</param>
public sealed record GatewayRouteCandidate(string Model, string Provider);

/// <summary>Tokens of a request, and what they cost its payer.</summary>
public sealed record GatewayQuoteAmount
{
    /// <summary>Tokens of the request.</summary>
    public long PromptTokens { get; init; }

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
