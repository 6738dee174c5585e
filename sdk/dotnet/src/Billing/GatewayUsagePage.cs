using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>Which charged requests to list.</summary>
public sealed record GatewayUsageQuery
{
    /// <summary>From this time on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>How many a page has: 1 to 200, 50 when absent.</summary>
    public int? Limit { get; init; }

    /// <summary>The <see cref="GatewayUsagePage.NextBefore"/> of the page before.</summary>
    public string? Before { get; init; }
}

/// <summary>A page of charged requests, newest first.</summary>
public sealed record GatewayUsagePage
{
    /// <summary>The requests.</summary>
    public required IReadOnlyList<GatewayUsageEntry> Data { get; init; }

    /// <summary>Whether there are older ones.</summary>
    public bool HasMore { get; init; }

    /// <summary>What to ask for them with.</summary>
    public string? NextBefore { get; init; }

    /// <summary>Of the whole span, not of this page.</summary>
    public required GatewayUsageTotal Total { get; init; }

    /// <summary>What is left, in US cents; null for keys without <c>balance:read</c>.</summary>
    public long? BalanceCents { get; init; }
}

/// <summary>One charged request.</summary>
public sealed record GatewayUsageEntry
{
    /// <summary>Names its receipt.</summary>
    public required string GenerationId { get; init; }

    /// <summary>When it was charged.</summary>
    public required DateTimeOffset ChargedAt { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Who runs it.</summary>
    public required string Provider { get; init; }

    /// <summary>The key that asked, by its public id.</summary>
    public required string KeyId { get; init; }

    /// <summary>The app that asked; null for a key that the user made.</summary>
    public string? ClientId { get; init; }

    /// <summary>How it ended, such as <c>completed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Tokens by class.</summary>
    public required IReadOnlyDictionary<string, long> Usage { get; init; }

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

/// <summary>The sum of a span.</summary>
public sealed record GatewayUsageTotal
{
    /// <summary>How many requests.</summary>
    public long Requests { get; init; }

    /// <summary>What they cost, in USD.</summary>
    [JsonPropertyName("cost")]
    public decimal CostUsd { get; init; }
}
