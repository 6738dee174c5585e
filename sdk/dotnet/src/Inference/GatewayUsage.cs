using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>What a request used and cost: OpenAI's <c>usage</c> with the gateway's
/// members.</summary>
public sealed record GatewayUsage
{
    /// <summary>Tokens of the request.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens of the answer, hidden reasoning included.</summary>
    public long CompletionTokens { get; init; }

    /// <summary>Both.</summary>
    public long TotalTokens { get; init; }

    /// <summary>What the user was charged, in USD; absent until it is known.</summary>
    [JsonPropertyName("cost")]
    public decimal? CostUsd { get; init; }

    /// <summary>What <see cref="CostUsd"/> is made of.</summary>
    public GatewayCostDetails? CostDetails { get; init; }

    /// <summary>Further members as they came, such as <c>prompt_tokens_details</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }

    /// <summary>On streams: what is left after the charge, in US cents.</summary>
    public long? BalanceCents { get; init; }

    /// <summary>On streams: <c>low</c> when the project is near its top-up.</summary>
    public string? BalanceWarning { get; init; }

    internal GatewayCost? Cost => CostUsd is { } total ? GatewayCost.Of(total, CostDetails) : null;

    internal GatewayBalance? Balance =>
        BalanceCents is { } cents ? new GatewayBalance(cents, BalanceWarning) : null;
}

/// <summary>The parts of a charge as they stand in <c>usage.cost_details</c>, in USD.</summary>
public sealed record GatewayCostDetails
{
    /// <summary>The provider's price.</summary>
    [JsonPropertyName("base")]
    public decimal BaseUsd { get; init; }

    /// <summary>What the gateway's operator adds.</summary>
    [JsonPropertyName("gateway_markup")]
    public decimal GatewayMarkupUsd { get; init; }

    /// <summary>What the app's owner adds.</summary>
    [JsonPropertyName("reseller_markup")]
    public decimal ResellerMarkupUsd { get; init; }
}

/// <summary>What the user was charged for one request, in USD, exact.</summary>
public sealed record GatewayCost
{
    /// <summary>All of it.</summary>
    public required decimal TotalUsd { get; init; }

    /// <summary>The provider's price.</summary>
    public required decimal BaseUsd { get; init; }

    /// <summary>What the gateway's operator adds.</summary>
    public required decimal GatewayMarkupUsd { get; init; }

    /// <summary>What the app's owner adds.</summary>
    public required decimal ResellerMarkupUsd { get; init; }

    internal static GatewayCost Of(decimal total, GatewayCostDetails? parts) =>
        new()
        {
            TotalUsd = total,
            BaseUsd = parts?.BaseUsd ?? 0,
            GatewayMarkupUsd = parts?.GatewayMarkupUsd ?? 0,
            ResellerMarkupUsd = parts?.ResellerMarkupUsd ?? 0,
        };
}
