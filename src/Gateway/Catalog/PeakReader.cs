using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>Reads the <c>peak</c> of a price: its hours, the days without them, and their rates.</summary>
internal static class PeakReader
{
    public static PeakHours? Read(FieldReader price, SourceValue? found)
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
        var stated = peak.ObjectOf(peak.Need("rates", PriceReader.Example));
        var rates = stated is null ? Rates.None : PriceReader.ReadRates(stated);
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
}
