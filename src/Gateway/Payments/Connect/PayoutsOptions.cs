using System.Globalization;
using Arda.Gateway.Http;

namespace Arda.Gateway.Payments.Connect;

/// <summary>How often a reseller is paid.</summary>
public enum PayoutPeriod
{
    Day,
    Week,
    Month,
}

/// <summary>What the operator sets about paying resellers, section <c>Payments:Payouts</c>.</summary>
internal sealed record PayoutsOptions
{
    private const int HoldDaysMin = 14;

    /// <summary>Between an earning and its payout: what goes wrong with its funding shows
    /// earlier.</summary>
    public TimeSpan HoldPeriod { get; init; } = TimeSpan.FromDays(30);

    public long MinimumCents { get; init; } = 2500;

    public PayoutPeriod Every { get; init; } = PayoutPeriod.Month;

    /// <summary>Of what matured lately, the part that is kept back, in hundredths of a
    /// percent.</summary>
    public int ReserveBps { get; init; }

    public TimeSpan ReserveFor { get; init; } = TimeSpan.FromDays(60);

    /// <summary>Of the operator: a reseller elsewhere gets an account that can only
    /// receive.</summary>
    public string Country { get; init; } = "US";

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static PayoutsOptions Read(IConfigurationSection section)
    {
        var options = new PayoutsOptions();
        return options with
        {
            HoldPeriod = TimeSpan.FromDays(
                Number(section, "HoldDays", HoldDaysMin, 365) ?? options.HoldPeriod.Days
            ),
            MinimumCents = Number(section, "MinimumCents", 100, 1_000_000) ?? options.MinimumCents,
            Every = PeriodOf(section) ?? options.Every,
            ReserveBps = (int)(Number(section, "ReserveBps", 0, 10_000) ?? options.ReserveBps),
            ReserveFor = TimeSpan.FromDays(
                Number(section, "ReserveDays", 1, 365) ?? options.ReserveFor.Days
            ),
            Country = CountryOf(section) ?? options.Country,
        };
    }

    /// <summary>Two letters, as ISO 3166 has them.</summary>
    public static bool IsCountry(string? text) =>
        text is { Length: 2 } && text.All(char.IsAsciiLetterUpper);

    private static long? Number(IConfigurationSection section, string name, long min, long max) =>
        section[name] is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= min
        && number <= max
            ? number
        : throw new ConfigurationException(
            $"{section.Path}:{name}",
            text,
            string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}")
        );

    private static PayoutPeriod? PeriodOf(IConfigurationSection section) =>
        section["Every"] is not { Length: > 0 } text ? null
        : Enum.TryParse<PayoutPeriod>(text, ignoreCase: true, out var period)
        && Enum.IsDefined(period)
            ? period
        : throw new ConfigurationException($"{section.Path}:Every", text, "day, week or month");

    private static string? CountryOf(IConfigurationSection section) =>
        section["Country"] is not { Length: > 0 } text ? null
        : IsCountry(text) ? text
        : throw new ConfigurationException($"{section.Path}:Country", text, "two letters: US");
}
