using System.Globalization;
using System.Text.Json;

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
        var peak = ReadPeak(price, price.Find("peak"));
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

    private static Rates ReadRates(FieldReader from) =>
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
            PerRequest = Amount(from, from.Find("per_request"), EventRateDecimals, 12, "request"),
            WebSearch = Amount(
                from,
                from.Find("web_search_per_request"),
                EventRateDecimals,
                12,
                "search"
            ),
        };

    private static long? Rate(FieldReader from, string name) =>
        Amount(from, from.Find(name), TokenRateDecimals, 6, "million tokens");

    /// <summary>A decimal in quotes, exactly scaled; null with a problem otherwise.</summary>
    private static long? Amount(
        FieldReader from,
        SourceValue? found,
        int decimalsMax,
        int scale,
        string per
    )
    {
        if (found is null)
        {
            return null;
        }
        if (found.Kind == JsonValueKind.Number)
        {
            from.Problem(
                found,
                "a price is written as text, because JSON numbers are binary fractions elsewhere",
                $"write \"{PlainDecimal(found.Text)}\" with quotes"
            );
            return null;
        }
        if (found.Kind != JsonValueKind.String)
        {
            from.Problem(
                found,
                $"{found.Described} is not a price",
                $"write USD per {per} as \"2.5\""
            );
            return null;
        }
        var text = found.Text;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? text : text[..dot];
        var fraction = dot < 0 ? "" : text[(dot + 1)..];
        var plain =
            whole.Length > 0
            && whole.All(char.IsAsciiDigit)
            && (whole == "0" || whole[0] != '0')
            && fraction.All(char.IsAsciiDigit)
            && (dot < 0 || fraction.Length > 0);
        if (!plain)
        {
            from.Problem(
                found,
                WhyNotPlain(text),
                $"write USD per {per} as a plain decimal: \"{PlainDecimal(text)}\""
            );
            return null;
        }
        if (fraction.TrimEnd('0').Length > decimalsMax)
        {
            from.Problem(
                found,
                $"\"{text}\" has more than {decimalsMax} decimals, which cannot be billed exactly",
                $"write USD per {per}, not per token, with at most {decimalsMax} decimals"
            );
            return null;
        }
        fraction = fraction.TrimEnd('0').PadRight(scale, '0');
        if (whole.Length > 6)
        {
            from.Problem(found, $"\"{text}\" is over a million dollars", $"write USD per {per}");
            return null;
        }
        return long.Parse(whole + fraction, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string WhyNotPlain(string text) =>
        text switch
        {
            _ when text.StartsWith('-') => $"the price \"{text}\" is negative",
            _ when text.Contains('e', StringComparison.OrdinalIgnoreCase) =>
                $"the price \"{text}\" has an exponent",
            _ when text.Contains(',', StringComparison.Ordinal) =>
                $"the price \"{text}\" has a comma",
            _ when text.Contains('$', StringComparison.Ordinal) =>
                $"the price \"{text}\" has a currency sign",
            _ => $"\"{text}\" is not a plain decimal",
        };

    /// <summary>What was probably meant, for the "write" half of a message.</summary>
    private static string PlainDecimal(string text)
    {
        var cleaned = text.Trim().TrimStart('-', '+', '$').Trim().Replace(',', '.');
        return decimal.TryParse(
            cleaned,
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? PriceJson.Usd(value)
            : "2.5";
    }

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

    private static PeakHours? ReadPeak(FieldReader price, SourceValue? found)
    {
        if (price.ObjectOf(found) is not { } peak)
        {
            return null;
        }
        var windows = new List<HourWindow>();
        foreach (var item in peak.ItemsOf(peak.Need("windows_utc", "[[1, 4], [6, 10]]")))
        {
            var hours = item.Items.Select(HourOf).ToList();
            if (hours is not [{ } from, { } to] || from >= to)
            {
                peak.Problem(
                    item,
                    "this is not a span of hours",
                    "write [from, to) as [1, 4], 0 to 24"
                );
                continue;
            }
            var overlap = windows.Find(w => from < w.ToHour && w.FromHour < to);
            if (overlap is not null)
            {
                peak.Problem(
                    item,
                    $"[{from}, {to}] overlaps [{overlap.FromHour}, {overlap.ToHour}]",
                    "join the two windows or part them"
                );
            }
            windows.Add(new(from, to));
        }
        var days = peak.ItemsOf(peak.Find("off_peak_days_of_week"))
            .Select(d => DayOf(peak, d))
            .ToList();
        var offset = MinutesOf(peak, peak.Find("off_peak_days_utc_offset_minutes"));
        var stated = peak.ObjectOf(peak.Need("rates", Example));
        var rates = stated is null ? Rates.None : ReadRates(stated);
        stated?.Done();
        peak.Done();
        return new()
        {
            Windows = windows,
            OffPeakDays = [.. days.OfType<DayOfWeek>()],
            OffPeakDaysOffset = TimeSpan.FromMinutes(offset),
            Rates = rates,
        };
    }

    private static int? HourOf(SourceValue value) =>
        value.Kind == JsonValueKind.Number
        && int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var hour)
        && hour <= 24
            ? hour
            : null;

    private static DayOfWeek? DayOf(FieldReader peak, SourceValue value)
    {
        if (HourOf(value) is { } day and <= 6)
        {
            return (DayOfWeek)day;
        }
        peak.Problem(value, $"{value.Described} is not a day of the week", "write 0 (Sunday) to 6");
        return null;
    }

    private static int MinutesOf(FieldReader peak, SourceValue? value)
    {
        if (value is null)
        {
            return 0;
        }
        if (
            value.Kind == JsonValueKind.Number
            && int.TryParse(
                value.Text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var minutes
            )
            && minutes is >= -720 and <= 840
        )
        {
            return minutes;
        }
        peak.Problem(value, $"{value.Described} is not a UTC offset", "write minutes, -720 to 840");
        return 0;
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
                    Peak = ReadPeak(change, peak),
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
            var factor = Amount(factors, value, MultiplierDecimals, 6, "standard USD");
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
