using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>A receipt with its signature.</summary>
public sealed record GatewayGeneration
{
    /// <summary>The account of the request.</summary>
    public required GatewayReceipt Receipt { get; init; }

    /// <summary>Compact JWS (RFC 7515) over the receipt's exact bytes; the public keys are at
    /// <c>/v1/gateway/receipt-keys</c>.</summary>
    public required string Jws { get; init; }
}

/// <summary>The account of one settled request. Amounts are nano-dollars (USD × 10⁻⁹),
/// exact.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed record GatewayReceipt
{
    /// <summary>The generation's id.</summary>
    public required string Id { get; init; }

    /// <summary>The project that paid.</summary>
    public required string Project { get; init; }

    /// <summary>The key that asked, by its public id.</summary>
    public required string Key { get; init; }

    /// <summary>The app's connection that paid; null for a key that the user made.</summary>
    public string? Connection { get; init; }

    /// <summary>The app that asked; null for a key that the user made.</summary>
    public string? App { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Who runs it.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's own id of the request.</summary>
    public string? UpstreamRequestId { get; init; }

    /// <summary>When the request came.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was charged.</summary>
    public required DateTimeOffset ChargedAt { get; init; }

    /// <summary>How it ended, such as <c>completed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Who counted the tokens, such as <c>provider</c>.</summary>
    public required string UsageSource { get; init; }

    /// <summary>Token counts by class, as they are signed.</summary>
    public required JsonElement Usage { get; init; }

    /// <summary>Names the price list.</summary>
    public required string PriceVersion { get; init; }

    /// <summary>Unit prices, as they are signed.</summary>
    public required JsonElement UnitPrices { get; init; }

    /// <summary><c>USD</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>The provider's price.</summary>
    public required long BaseNanoUsd { get; init; }

    /// <summary>What the gateway's operator adds.</summary>
    public required long GatewayMarkupNanoUsd { get; init; }

    /// <summary>The same in hundredths of a percent.</summary>
    public required int GatewayMarkupBps { get; init; }

    /// <summary>What the app's owner adds.</summary>
    public required long ResellerMarkupNanoUsd { get; init; }

    /// <summary>The same in hundredths of a percent.</summary>
    public required int ResellerMarkupBps { get; init; }

    /// <summary>What the user was charged.</summary>
    public required long TotalNanoUsd { get; init; }

    /// <summary>The part from bought credit.</summary>
    public required long PaidNanoUsd { get; init; }

    /// <summary>The part from promotional credit.</summary>
    public required long PromoNanoUsd { get; init; }

    /// <summary>Used and not charged: the operator took it over.</summary>
    public required long AbsorbedNanoUsd { get; init; }

    /// <summary>What was set aside while it ran.</summary>
    public required long HoldNanoUsd { get; init; }

    /// <summary>What was asked, what was chosen and why, as it is signed.</summary>
    public required JsonElement Route { get; init; }
}
