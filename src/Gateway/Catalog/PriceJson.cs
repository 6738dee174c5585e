using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>
/// Unit prices as text: USD decimals without exponent or trailing zeros, members in one fixed
/// order, so that equal prices are equal bytes. The price's version is the hash of these bytes.
/// </summary>
internal static class PriceJson
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(PriceFacts facts)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            json.WriteString("model", facts.Model);
            json.WriteString("provider", facts.Provider);
            json.WriteString("upstream_model", facts.UpstreamId);
            json.WriteString("currency", "USD");
            json.WriteString("unit", "per_million_tokens");
            if (facts.IsPeak)
            {
                json.WriteBoolean("peak", true);
            }
            json.WriteStartObject("rates");
            WriteRates(json, facts.Tiers[0].Rates);
            json.WriteEndObject();
            WriteTiers(json, facts.Tiers);
            WriteMultipliers(json, facts.Multipliers);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes the stated rates as members of the open object.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="rates">Pico-USD.</param>
    /// <param name="factor">What the payer's markups make of a rate; 1 leaves the provider's.</param>
    public static void WriteRates(Utf8JsonWriter json, Rates rates, decimal factor = 1)
    {
        void Rate(string name, long? pico, decimal per)
        {
            if (pico is { } value)
            {
                json.WriteString(name, Usd(value * factor / per));
            }
        }

        const decimal perMillion = 1_000_000m;
        const decimal perEvent = 1_000_000_000_000m;
        Rate("input", rates.Input, perMillion);
        Rate("output", rates.Output, perMillion);
        Rate("cache_read", rates.CacheRead, perMillion);
        Rate("cache_write", rates.CacheWrite, perMillion);
        Rate("cache_write_5m", rates.CacheWrite5m, perMillion);
        Rate("cache_write_1h", rates.CacheWrite1h, perMillion);
        Rate("reasoning", rates.Reasoning, perMillion);
        Rate("audio_input", rates.AudioInput, perMillion);
        Rate("image_input", rates.ImageInput, perMillion);
        Rate("image_output", rates.ImageOutput, perMillion);
        Rate("per_request", rates.PerRequest, perEvent);
        Rate("web_search_per_request", rates.WebSearch, perEvent);
    }

    public static void WriteMultipliers(
        Utf8JsonWriter json,
        IReadOnlyList<KeyValuePair<string, long>> multipliers
    )
    {
        if (multipliers.Count == 0)
        {
            return;
        }
        json.WriteStartObject("service_tier_multipliers");
        foreach (var (tier, millionths) in multipliers)
        {
            json.WriteString(tier, Usd(millionths / 1_000_000m));
        }
        json.WriteEndObject();
    }

    public static string Usd(decimal amount) =>
        amount.ToString("0.####################", CultureInfo.InvariantCulture);

    private static void WriteTiers(Utf8JsonWriter json, IReadOnlyList<PriceTier> tiers)
    {
        if (tiers.Count <= 1)
        {
            return;
        }
        json.WriteStartArray("tiers");
        foreach (var tier in tiers.Skip(1))
        {
            json.WriteStartObject();
            json.WriteNumber("from_input_tokens", tier.FromInputTokens);
            WriteRates(json, tier.Rates);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
