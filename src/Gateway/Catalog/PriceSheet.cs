namespace Arda.Gateway.Catalog;

/// <summary>From this prompt size on, all tokens of the request cost these rates.</summary>
public sealed record PriceTier(long FromInputTokens, Rates Rates);

/// <summary>
/// Hours with other rates. Windows are [from, to) in UTC hours; on the off-peak days, counted in
/// the provider's own offset, there is no peak.
/// </summary>
public sealed record PeakHours
{
    public required IReadOnlyList<HourWindow> Windows { get; init; }

    public required IReadOnlyList<DayOfWeek> OffPeakDays { get; init; }

    public required TimeSpan OffPeakDaysOffset { get; init; }

    public required Rates Rates { get; init; }

    public bool Covers(DateTimeOffset at)
    {
        var hour = at.UtcDateTime.Hour;
        foreach (var window in Windows)
        {
            if (hour >= window.FromHour && hour < window.ToHour)
            {
                return !OffPeakDays.Contains(at.ToOffset(OffPeakDaysOffset).DayOfWeek);
            }
        }
        return false;
    }
}

public sealed record HourWindow(int FromHour, int ToHour);

/// <summary>Rates that replace the ones before from the start of a UTC day on.</summary>
public sealed record ScheduledChange
{
    public required DateOnly EffectiveFrom { get; init; }

    public required Rates Rates { get; init; }

    /// <summary>Null keeps the tiers as they are.</summary>
    public IReadOnlyList<PriceTier>? Tiers { get; init; }

    /// <summary>Null keeps the peak hours as they are.</summary>
    public PeakHours? Peak { get; init; }
}

/// <summary>
/// All an offer's prices, over time. <see cref="Pin"/> answers the price of an instant; the few
/// different answers are made once, here.
/// </summary>
public sealed class PriceSheet
{
    private readonly Period[] _periods;

    internal PriceSheet(PriceTerms terms)
    {
        Rates = terms.Rates;
        Tiers = terms.Tiers;
        Peak = terms.Peak;
        Schedule = terms.Schedule;
        Multipliers = terms.Multipliers;
        var periods = new List<Period>();
        var (rates, tiers, peak) = (terms.Rates, terms.Tiers, terms.Peak);
        periods.Add(PeriodOf(terms, DateOnly.MinValue, rates, tiers, peak));
        foreach (var change in terms.Schedule)
        {
            // An entry replaces what it names in the list price, not in the entry before it.
            rates = change.Rates.Over(terms.Rates);
            tiers = change.Tiers ?? terms.Tiers;
            peak = change.Peak ?? terms.Peak;
            periods.Add(PeriodOf(terms, change.EffectiveFrom, rates, tiers, peak));
        }
        _periods = [.. periods];
    }

    /// <summary>The list price before any scheduled change, off peak, smallest prompt.</summary>
    public Rates Rates { get; }

    public IReadOnlyList<PriceTier> Tiers { get; }

    public PeakHours? Peak { get; }

    public IReadOnlyList<ScheduledChange> Schedule { get; }

    /// <summary>Service tier to factor on the whole cost, in millionths.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Multipliers { get; }

    public PinnedPrice Pin(DateTimeOffset at)
    {
        var period = PeriodAt(at);
        return period.PeakPrice is { } dearer && period.Peak!.Covers(at) ? dearer : period.OffPeak;
    }

    /// <summary>The rates of that instant for a prompt below the first tier.</summary>
    public Rates RatesAt(DateTimeOffset at)
    {
        var period = PeriodAt(at);
        return period.Peak is { } peak && peak.Covers(at)
            ? peak.Rates.Over(period.Rates)
            : period.Rates;
    }

    /// <summary>The tiers of that instant, each with all its rates.</summary>
    public IReadOnlyList<PriceTier> TiersAt(DateTimeOffset at) => PeriodAt(at).Tiers;

    private Period PeriodAt(DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        var i = _periods.Length - 1;
        while (i > 0 && _periods[i].From > day)
        {
            i--;
        }
        return _periods[i];
    }

    private static Period PeriodOf(
        PriceTerms terms,
        DateOnly from,
        Rates rates,
        IReadOnlyList<PriceTier> tiers,
        PeakHours? peak
    )
    {
        PriceTier[] TiersOver(Rates below) =>
            [new(0, below), .. tiers.Select(t => t with { Rates = t.Rates.Over(below) })];

        var offPeak = TiersOver(rates);
        var inPeak = peak is null ? offPeak : TiersOver(peak.Rates.Over(rates));
        var facts = new PriceFacts
        {
            Model = terms.Model,
            Provider = terms.Provider,
            UpstreamId = terms.UpstreamId,
            Tiers = offPeak,
            PeakTiers = inPeak,
            IsPeak = false,
            Multipliers = terms.Multipliers,
        };
        return new Period(
            from,
            rates,
            offPeak[1..],
            new PinnedPrice(facts),
            peak,
            peak is null ? null : new PinnedPrice(facts with { Tiers = inPeak, IsPeak = true })
        );
    }

    private sealed record Period(
        DateOnly From,
        Rates Rates,
        IReadOnlyList<PriceTier> Tiers,
        PinnedPrice OffPeak,
        PeakHours? Peak,
        PinnedPrice? PeakPrice
    );
}

/// <summary>What a price sheet is read from.</summary>
internal sealed record PriceTerms
{
    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required string UpstreamId { get; init; }

    public required Rates Rates { get; init; }

    public IReadOnlyList<PriceTier> Tiers { get; init; } = [];

    public PeakHours? Peak { get; init; }

    /// <summary>Ascending by day.</summary>
    public IReadOnlyList<ScheduledChange> Schedule { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, long>> Multipliers { get; init; } = [];
}
