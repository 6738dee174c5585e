using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Independent;

/// <summary>
/// A price as the catalog states it, and what usage costs at it: exact integers of any length, one
/// rounding up for the provider's price, one down for each markup.
/// </summary>
internal sealed record PriceList(string Name, JsonObject Stated)
{
    // Rates are USD per million tokens with six decimals: pico-dollars per token.
    private const int PicoDecimals = 6;

    // Prices of events are USD with nine decimals at most: twelve make pico-dollars.
    private const int EventDecimals = 12;
    private static readonly BigInteger PicoPerNano = 1_000;
    private static readonly BigInteger One = 1_000_000;
    private static readonly BigInteger BpsOne = 10_000;

    public Bill Bill(Used used, int gatewayBps, int resellerBps)
    {
        var rates = RatesFor(used.Prompt);
        var input = Rate(rates, "input");
        var output = Rate(rates, "output");
        BigInteger RateOr(string name, params string[] others) =>
            others.Prepend(name).FirstOrDefault(one => rates.ContainsKey(one)) is { } stated
                ? Rate(rates, stated)
                : input;

        var pico =
            (used.Input * input)
            + (used.CacheRead * RateOr("cache_read"))
            + (used.CacheWrite * RateOr("cache_write", "cache_write_5m"))
            + (used.CacheWrite5m * RateOr("cache_write_5m", "cache_write"))
            + (used.CacheWrite1h * RateOr("cache_write_1h", "cache_write"))
            + (used.Audio * RateOr("audio_input"))
            + (used.Image * RateOr("image_input"))
            + (used.Output * output)
            + (
                used.Reasoning
                * (rates.ContainsKey("reasoning") ? Rate(rates, "reasoning") : output)
            )
            + (
                used.ImageOutput
                * (rates.ContainsKey("image_output") ? Rate(rates, "image_output") : output)
            )
            + (used.Searches * Event(rates, "web_search_per_request"))
            + Event(rates, "per_request");
        var multiplied = pico * MultiplierOf(used.Tier);
        var unit = PicoPerNano * One;
        var basePrice = BigInteger.Divide(multiplied + unit - 1, unit);
        var gateway = basePrice * gatewayBps / BpsOne;
        return new Bill(basePrice, gateway, (basePrice + gateway) * resellerBps / BpsOne);
    }

    // A tier is no bracket: it prices all tokens, and what it does not name keeps the base value.
    private Dictionary<string, string> RatesFor(long prompt)
    {
        var rates = TextsOf(Stated);
        foreach (var change in Stated["schedule"]?.AsArray() ?? [])
        {
            // Those of the lists here are long in force.
            Over(rates, change!);
        }

        if (Stated["peak"] is { } peak)
        {
            // The windows of the lists here cover every hour of every day.
            Over(rates, peak["rates"]!);
        }

        var tier = (Stated["tiers"]?.AsArray() ?? []).LastOrDefault(one =>
            prompt >= (long)one!["from_input_tokens"]!
        );
        if (tier is not null)
        {
            Over(rates, tier);
        }

        return rates;
    }

    private static void Over(Dictionary<string, string> rates, JsonNode stated)
    {
        foreach (var (name, text) in TextsOf(stated.AsObject()))
        {
            rates[name] = text;
        }
    }

    private static Dictionary<string, string> TextsOf(JsonObject stated) =>
        stated
            .Where(one =>
                one.Value is JsonValue value
                && value.TryGetValue<string>(out _)
                && one.Key != "effective_from"
            )
            .ToDictionary(one => one.Key, one => (string)one.Value!, StringComparer.Ordinal);

    private BigInteger MultiplierOf(string? tier) =>
        tier is not null && (string?)Stated["service_tier_multipliers"]?[tier] is { } factor
            ? Scaled(factor, PicoDecimals)
            : One;

    private static BigInteger Rate(Dictionary<string, string> rates, string name) =>
        Scaled(rates[name], PicoDecimals);

    private static BigInteger Event(Dictionary<string, string> rates, string name) =>
        rates.TryGetValue(name, out var text) ? Scaled(text, EventDecimals) : 0;

    private static BigInteger Scaled(string text, int decimals)
    {
        var parts = text.Split('.');
        var fraction = parts.Length > 1 ? parts[1] : "";
        Assert.True(fraction.Length <= decimals, text);
        return BigInteger.Parse(
            parts[0] + fraction.PadRight(decimals, '0'),
            CultureInfo.InvariantCulture
        );
    }
}
