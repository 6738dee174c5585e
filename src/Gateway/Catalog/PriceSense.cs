using System.Globalization;

namespace Arda.Gateway.Catalog;

/// <summary>
/// Doubts prices that are well formed but can hardly be meant: a rate in the wrong unit is off by a
/// thousand or a million, and one such line can empty a balance. Whoever means it says
/// <c>"confirm_price": true</c> beside the price.
/// </summary>
internal static class PriceSense
{
    /// <summary>USD 1,000 per million tokens, in pico-USD per token.</summary>
    private const long TokenRateDoubtfulAt = 1_000_000_000;

    /// <summary>USD 10 per request or search, in pico-USD.</summary>
    private const long EventRateDoubtfulAt = 10_000_000_000_000;

    /// <summary>How far rates of one price, or of two offers of one model, lie apart at most.</summary>
    private const long FactorDoubtfulAt = 200;

    private const string Way =
        "check the unit (USD per million tokens), and if it is meant add \"confirm_price\": true to the price";

    public static void Check(FieldReader price, PriceTerms terms, bool confirmed)
    {
        CheckCachePair(price, terms.Rates);
        if (terms.Peak is not null && terms.Tiers.Count > 0)
        {
            price.Problem(
                price.At,
                "a price has peak hours or tiers, not both: nobody could tell which rate wins",
                "remove \"peak\" or \"tiers\""
            );
        }
        if (confirmed)
        {
            return;
        }
        CheckRates(price, terms.Rates, terms.Rates);
        foreach (var tier in terms.Tiers)
        {
            CheckRates(price, tier.Rates, terms.Rates);
            CheckNotCheaper(
                price,
                tier.Rates,
                terms.Rates,
                $"the tier from {tier.FromInputTokens} tokens"
            );
        }
        if (terms.Peak is { } peak)
        {
            CheckRates(price, peak.Rates, terms.Rates);
            CheckNotCheaper(price, peak.Rates, terms.Rates, "the peak hours");
        }
        foreach (var change in terms.Schedule)
        {
            CheckRates(price, change.Rates, terms.Rates);
            foreach (var tier in change.Tiers ?? terms.Tiers)
            {
                CheckNotCheaper(
                    price,
                    tier.Rates,
                    change.Rates,
                    $"from {change.EffectiveFrom:yyyy-MM-dd} on, the tier from {tier.FromInputTokens} tokens"
                );
            }
        }
    }

    /// <summary>Prices of one model at different providers, and an operator's price against ours.</summary>
    public static void CheckNeighbours(
        FieldReader price,
        Rates rates,
        Rates neighbour,
        string whose
    )
    {
        Compare("input", rates.Input, neighbour.Input);
        Compare("output", rates.Output, neighbour.Output);

        void Compare(string name, long? mine, long? theirs)
        {
            if (mine is > 0 and var a && theirs is > 0 and var b && Apart(a, b))
            {
                price.Problem(
                    price.At.Member(name) ?? price.At,
                    $"{name} {Usd(a)} is far from {Usd(b)}, the price of {whose}",
                    Way
                );
            }
        }
    }

    private static void CheckRates(FieldReader price, Rates rates, Rates list)
    {
        Token("input", rates.Input);
        Token("output", rates.Output);
        Token("cache_read", rates.CacheRead);
        Token("cache_write", rates.CacheWrite);
        Token("cache_write_5m", rates.CacheWrite5m);
        Token("cache_write_1h", rates.CacheWrite1h);
        Token("reasoning", rates.Reasoning);
        Token("audio_input", rates.AudioInput);
        Token("image_input", rates.ImageInput);
        Token("image_output", rates.ImageOutput);
        Event("per_request", rates.PerRequest);
        Event("web_search_per_request", rates.WebSearch);

        void Token(string name, long? rate)
        {
            if (rate is not (> 0 and var value))
            {
                return;
            }
            var where = price.At.Member(name) ?? price.At;
            if (value >= TokenRateDoubtfulAt)
            {
                price.Problem(
                    where,
                    $"{name} {Usd(value)} is over 1,000 USD per million tokens",
                    Way
                );
            }
            else if (list.Input is > 0 and var input && Apart(value, input))
            {
                price.Problem(where, $"{name} {Usd(value)} is far from input {Usd(input)}", Way);
            }
        }

        void Event(string name, long? rate)
        {
            if (rate >= EventRateDoubtfulAt)
            {
                price.Problem(
                    price.At.Member(name) ?? price.At,
                    $"{name} is over 10 USD per event",
                    Way
                );
            }
        }
    }

    private static void CheckNotCheaper(FieldReader price, Rates dear, Rates list, string which)
    {
        if (dear.Input < list.Input || dear.Output < list.Output)
        {
            price.Problem(price.At, $"{which} would be cheaper than the price below it", Way);
        }
    }

    /// <summary>Anthropic sells two lifetimes. With one of them unpriced, the dear one would be
    /// billed as the cheap one.</summary>
    private static void CheckCachePair(FieldReader price, Rates rates)
    {
        if (rates.CacheWrite5m is null != rates.CacheWrite1h is null)
        {
            var missing = rates.CacheWrite5m is null ? "cache_write_5m" : "cache_write_1h";
            price.Problem(
                price.At,
                $"cache writes of one lifetime have a price, \"{missing}\" has none",
                $"add \"{missing}\""
            );
        }
    }

    private static bool Apart(long a, long b) =>
        (Int128)Math.Max(a, b) > (Int128)Math.Min(a, b) * FactorDoubtfulAt;

    private static string Usd(long pico) =>
        (pico / 1_000_000m).ToString("0.######", CultureInfo.InvariantCulture);
}
