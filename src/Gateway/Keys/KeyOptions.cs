using System.Globalization;
using Arda.Gateway.Http;

namespace Arda.Gateway.Keys;

/// <summary>What an operator sets about keys, section <c>Keys</c>.</summary>
public sealed record KeyOptions
{
    public const int RequestsPerMinuteMax = 1_000_000;

    /// <summary>Of keys that name no figure of their own.</summary>
    public int RequestsPerMinute { get; init; } = 600;

    /// <summary>How long a new key lives when nobody says otherwise; null is for ever.</summary>
    public TimeSpan? ExpireAfter { get; init; } = TimeSpan.FromDays(365);

    /// <summary>A key that nobody used for so long has expired; null never.</summary>
    public int? IdleDaysMax { get; init; } = 90;

    /// <summary>Keys that one node remembers; more are read from the store again.</summary>
    public int RememberedMax { get; init; } = 100_000;

    /// <summary>Well-formed keys that do not exist: a flood of them costs this much memory.</summary>
    public int UnknownRememberedMax { get; init; } = 20_000;

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static KeyOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Keys");
        var defaults = new KeyOptions();
        return new KeyOptions
        {
            RequestsPerMinute =
                Number(section, "RequestsPerMinute", 1, RequestsPerMinuteMax)
                ?? defaults.RequestsPerMinute,
            // 0 is how a file says "never".
            ExpireAfter = Number(section, "ExpireAfterDays", 0, 36_500) switch
            {
                null => defaults.ExpireAfter,
                0 => null,
                { } days => TimeSpan.FromDays(days),
            },
            IdleDaysMax = Number(section, "IdleDaysMax", 0, 36_500) switch
            {
                null => defaults.IdleDaysMax,
                0 => null,
                { } days => days,
            },
        };
    }

    private static int? Number(IConfiguration section, string name, int min, int max)
    {
        if (section[name] is not { Length: > 0 } text)
        {
            return null;
        }

        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
            ? number
            : throw new ConfigurationException(
                "Keys:" + name,
                text,
                $"a whole number from {min} to {max}"
            );
    }
}
