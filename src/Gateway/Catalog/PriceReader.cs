namespace Arda.Gateway.Catalog;

/// <summary>Reads the <c>price</c> of an offer and refuses what nobody can have meant.</summary>
internal static class PriceReader
{
    private const int TokenRateDecimals = 6;
    private const int EventRateDecimals = 9;
    private const int MultiplierDecimals = 6;

    /// <summary>The price's fields, rates first; an example for who left it out.</summary>
    public const string Example = "{ \"input\": \"0.5\", \"output\": \"1.5\" }";

    public static PriceTerms? Read(
        FieldReader price,
        string model,
        string provider,
        string upstream
    )
    {
        var rates = ReadRates(price);
        var confirmed = price.Flag("confirm_price") ?? false;
        foreach (var needed in new[] { "input", "output" })
        {
            if (price.At.Member(needed) is null)
            {
                price.Problem(
                    price.At,
                    $"\"{needed}\" is missing from the price",
                    $"add \"{needed}\": \"…\" in USD per million tokens, \"0\" if it is free"
                );
            }
        }
        var tiers = ReadTiers(price, price.Find("tiers"));
        var peak = PeakReader.Read(price, price.Find("peak"));
        var schedule = ReadSchedule(price, price.Find("schedule"));
        var multipliers = ReadMultipliers(price, price.Find("service_tier_multipliers"));
        price.Done();
        var terms = new PriceTerms
        {
            Model = model,
            Provider = provider,
            UpstreamId = upstream,
            Rates = rates,
            Tiers = tiers,
            Peak = peak,
            Schedule = schedule,
            Multipliers = multipliers,
        };
        PriceSense.Check(price, terms, confirmed);
        return terms;
    }

    public static Rates ReadRates(FieldReader from) =>
        new()
        {
            Input = Rate(from, "input"),
            Output = Rate(from, "output"),
            CacheRead = Rate(from, "cache_read"),
            CacheWrite = Rate(from, "cache_write"),
            CacheWrite5m = Rate(from, "cache_write_5m"),
            CacheWrite1h = Rate(from, "cache_write_1h"),
            Reasoning = Rate(from, "reasoning"),
            AudioInput = Rate(from, "audio_input"),
            ImageInput = Rate(from, "image_input"),
            ImageOutput = Rate(from, "image_output"),
            // USD per event: 12 decimals make pico-USD of a dollar, 6 make it of a million tokens.
            PerRequest = AmountReader.Read(
                from,
                from.Find("per_request"),
                EventRateDecimals,
                12,
                "request"
            ),
            WebSearch = AmountReader.Read(
                from,
                from.Find("web_search_per_request"),
                EventRateDecimals,
                12,
                "search"
            ),
        };

    private static long? Rate(FieldReader from, string name) =>
        AmountReader.Read(from, from.Find(name), TokenRateDecimals, 6, "million tokens");

    private static IReadOnlyList<PriceTier> ReadTiers(FieldReader price, SourceValue? found)
    {
        var tiers = new List<PriceTier>();
        foreach (var item in price.ItemsOf(found))
        {
            if (price.ObjectOf(item) is not { } tier)
            {
                continue;
            }
            tier.Need("from_input_tokens", "200001, the first prompt size billed at this tier");
            var from = tier.Count("from_input_tokens");
            tier.Need("input", "\"4\"");
            var rates = ReadRates(tier);
            tier.Done();
            if (from is { } start && tiers.Count > 0 && start <= tiers[^1].FromInputTokens)
            {
                price.Problem(
                    item,
                    $"this tier starts at {start}, not above the tier before it",
                    "order tiers by from_input_tokens, each start once"
                );
            }
            tiers.Add(new(from ?? 0, rates));
        }
        return tiers;
    }

    private static IReadOnlyList<ScheduledChange> ReadSchedule(
        FieldReader price,
        SourceValue? found
    )
    {
        var changes = new List<ScheduledChange>();
        foreach (var item in price.ItemsOf(found))
        {
            if (price.ObjectOf(item) is not { } change)
            {
                continue;
            }
            var from = change.Need("effective_from", "\"2027-01-01\"") is { } day
                ? change.DateOf(day)
                : null;
            change.Need("input", "\"4\"");
            var rates = ReadRates(change);
            var tiers = change.Find("tiers");
            var peak = change.Find("peak");
            if (from is { } start && changes.Count > 0 && start <= changes[^1].EffectiveFrom)
            {
                price.Problem(
                    item,
                    $"{start:yyyy-MM-dd} is not after the change before it",
                    "order the schedule by effective_from, each day once"
                );
            }
            changes.Add(
                new()
                {
                    EffectiveFrom = from ?? DateOnly.MaxValue,
                    Rates = rates,
                    Tiers = tiers is null ? null : ReadTiers(change, tiers),
                    Peak = PeakReader.Read(change, peak),
                }
            );
            change.Done();
        }
        return changes;
    }

    private static IReadOnlyList<KeyValuePair<string, long>> ReadMultipliers(
        FieldReader price,
        SourceValue? found
    )
    {
        if (price.ObjectOf(found) is not { } factors)
        {
            return [];
        }
        var read = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (tier, value) in found!.Members)
        {
            var factor = AmountReader.Read(factors, value, MultiplierDecimals, 6, "standard USD");
            if (factor is < 10_000 or > 100_000_000)
            {
                factors.Problem(
                    value,
                    $"{value.Text} is not a plausible factor on the price",
                    "write one from \"0.01\" to \"100\"; \"2\" doubles the price"
                );
            }
            read[tier] = factor ?? 1_000_000;
        }
        return [.. read];
    }
}
