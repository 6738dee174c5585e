using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Catalog;

/// <summary>
/// One offer's price at one instant: schedule and peak hours are decided, so a request that began
/// at this price ends at it. Immutable, and made once per offer and period, never per request.
/// </summary>
public sealed class PinnedPrice
{
    /// <summary>
    /// The largest amount a bound answers: one billion dollars. No balance reaches it, and markups
    /// of any allowed size on top of it still fit into an int64.
    /// </summary>
    public static readonly NanoUsd BoundMax = new(1_000_000_000L * NanoUsd.PerUsd);

    private const long PicoPerNano = 1_000;
    private const long MultiplierOne = 1_000_000;

    private readonly Tier[] _tiers;
    private readonly KeyValuePair<string, long>[] _multipliers;
    private readonly long _multiplierMax;

    internal PinnedPrice(PriceFacts facts)
    {
        _tiers =
        [
            .. facts.Tiers.Select(
                (tier, i) =>
                    new Tier(
                        tier.FromInputTokens,
                        UnitPrices.From(tier.Rates),
                        UnitPrices.Dearer(
                            UnitPrices.From(tier.Rates),
                            UnitPrices.From(facts.PeakTiers[i].Rates)
                        )
                    )
            ),
        ];
        _multipliers = [.. facts.Multipliers];
        _multiplierMax = _multipliers.Select(m => m.Value).Append(MultiplierOne).Max();
        Json = PriceJson.Write(facts);
        VersionId =
            "price_"
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json)))[..32];
    }

    /// <summary>
    /// Names this price by its content: "price_" and the first 32 hex digits of the SHA-256 of
    /// <see cref="Json"/>. The same on every node and after every restart, and whoever holds a
    /// receipt can check it.
    /// </summary>
    public string VersionId { get; }

    /// <summary>The unit prices as a receipt shows them: canonical, without white space.</summary>
    public string Json { get; }

    /// <summary>
    /// What this usage costs. The sum is exact; one rounding up, at most a billionth of a dollar.
    /// </summary>
    /// <exception cref="InvariantBrokenException">A count is negative.</exception>
    /// <exception cref="OverflowException">More than int64 nano-dollars: such usage is garbage.</exception>
    public NanoUsd Base(TokenUsage usage)
    {
        Invariant.Holds(usage.IsValid, "token counts are never negative");
        var price = TierOf(usage.PromptTotal).Billed;
        Int128 pico = price.PerRequest;
        checked
        {
            pico += (Int128)usage.Input * price.Input;
            pico += (Int128)usage.CacheRead * price.CacheRead;
            pico += (Int128)usage.CacheWrite * price.CacheWrite;
            pico += (Int128)usage.CacheWrite5m * price.CacheWrite5m;
            pico += (Int128)usage.CacheWrite1h * price.CacheWrite1h;
            pico += (Int128)usage.AudioInput * price.AudioInput;
            pico += (Int128)usage.ImageInput * price.ImageInput;
            pico += (Int128)usage.Output * price.Output;
            pico += (Int128)usage.Reasoning * price.Reasoning;
            pico += (Int128)usage.ImageOutput * price.ImageOutput;
            pico += (Int128)usage.WebSearches * price.WebSearch;
            return new((long)CeilNano(pico * MultiplierOf(usage.ServiceTier)));
        }
    }

    /// <summary>
    /// The most that a request with at most this prompt and this answer can cost: peak hours,
    /// the dearest tier the prompt can reach, the dearest kind of token of its parts. Never falls
    /// when an argument grows, and stops at <see cref="BoundMax"/> instead of overflowing.
    /// </summary>
    /// <param name="promptTokens">The whole prompt, cached or not.</param>
    /// <param name="outputTokens">The whole answer, reasoning included.</param>
    /// <param name="parts">What may be in the request; what is left out cannot be billed.</param>
    /// <param name="serviceTier">As sent upstream. Null or "auto" leaves the choice to the provider,
    /// so the dearest tier counts.</param>
    /// <param name="webSearches">How many searches the provider may run.</param>
    public NanoUsd UpperBound(
        long promptTokens,
        long outputTokens,
        RequestParts parts = RequestParts.All,
        string? serviceTier = null,
        long webSearches = 0
    )
    {
        Invariant.Holds(
            (promptTokens | outputTokens | webSearches) >= 0,
            "a bound is asked for counts that are not negative"
        );
        Int128 dearest = 0;
        foreach (var tier in _tiers)
        {
            if (tier.FromInputTokens > promptTokens)
            {
                break;
            }
            var price = tier.Dearest;
            dearest = Int128.Max(
                dearest,
                price.PerRequest
                    + ((Int128)promptTokens * price.DearestPrompt(parts))
                    + ((Int128)outputTokens * price.DearestOutput(parts))
                    + ((Int128)webSearches * price.WebSearch)
            );
        }
        var open = serviceTier is null or "" or "auto";
        var multiplier = open ? _multiplierMax : MultiplierOf(serviceTier);
        // Divided before it is multiplied: Int128 holds any product of two longs, but not of three.
        var roomPico = (Int128)BoundMax.Value * PicoPerNano * MultiplierOne / multiplier;
        return dearest >= roomPico ? BoundMax : new((long)CeilNano(dearest * multiplier));
    }

    private Tier TierOf(long promptTokens)
    {
        for (var i = _tiers.Length - 1; i > 0; i--)
        {
            if (promptTokens >= _tiers[i].FromInputTokens)
            {
                return _tiers[i];
            }
        }
        return _tiers[0];
    }

    private long MultiplierOf(string? serviceTier)
    {
        if (serviceTier is not null)
        {
            foreach (var (name, value) in _multipliers)
            {
                if (string.Equals(name, serviceTier, StringComparison.OrdinalIgnoreCase))
                {
                    return value;
                }
            }
        }
        return MultiplierOne;
    }

    private static Int128 CeilNano(Int128 picoTimesMultiplier)
    {
        const long unit = PicoPerNano * MultiplierOne;
        var (whole, rest) = Int128.DivRem(picoTimesMultiplier, unit);
        return rest > 0 ? whole + 1 : whole;
    }

    /// <summary>What is billed from this prompt size on, and what may be billed at most.</summary>
    private sealed record Tier(long FromInputTokens, UnitPrices Billed, UnitPrices Dearest);
}

/// <summary>What a pinned price is made of.</summary>
internal sealed record PriceFacts
{
    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required string UpstreamId { get; init; }

    /// <summary>Ascending; the first starts at 0. Each has all its rates.</summary>
    public required IReadOnlyList<PriceTier> Tiers { get; init; }

    /// <summary>The same tiers in peak hours; the same list where there are none.</summary>
    public required IReadOnlyList<PriceTier> PeakTiers { get; init; }

    public required bool IsPeak { get; init; }

    /// <summary>In millionths: 1.5 is 1,500,000. Sorted by name.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Multipliers { get; init; }
}
