using System.Globalization;
using Arda.Gateway.Http;

namespace Arda.Gateway.Providers;

/// <summary>What an operator sets about providers, under <c>Providers</c>. Read once at start; a
/// wrong value stops the start with a sentence that says what to write instead.</summary>
public sealed record ProvidersOptions
{
    /// <summary>The simulated provider answers for models whose provider has no key, at the
    /// model's own price.</summary>
    public bool SimulateMissing { get; init; }

    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until a stream begins, or a count or an embedding is there.</summary>
    public TimeSpan FirstByteMax { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Until an answer that comes whole begins: the model writes all of it
    /// before.</summary>
    public TimeSpan WholeAnswerMax { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Silence in the middle of an answer. Providers that think long send pings.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(120);

    public int ConnectionsMax { get; init; } = 4_096;

    public SimulationOptions Simulation { get; init; } = new();

    /// <summary>By provider id.</summary>
    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } =
        new Dictionary<string, ProviderSettings>(StringComparer.OrdinalIgnoreCase);

    public BreakerLimits Breaker { get; init; } = new();

    private static readonly string[] s_ownNames =
    [
        nameof(SimulateMissing),
        "ConnectSeconds",
        "FirstByteSeconds",
        "WholeAnswerSeconds",
        "SilenceSeconds",
        nameof(ConnectionsMax),
        nameof(Simulation),
    ];

    /// <param name="configuration">Of the process.</param>
    /// <param name="providerIds">Those of the catalog.</param>
    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static ProvidersOptions Read(
        IConfiguration configuration,
        IReadOnlyList<string> providerIds
    )
    {
        var defaults = new ProvidersOptions();
        var section = new ConfiguredSection(configuration.GetSection("Providers"));
        return new ProvidersOptions
        {
            SimulateMissing = section.Flag(nameof(SimulateMissing)) ?? false,
            ConnectMax = section.Seconds("ConnectSeconds", 1, 120) ?? defaults.ConnectMax,
            FirstByteMax = section.Seconds("FirstByteSeconds", 1, 3_600) ?? defaults.FirstByteMax,
            WholeAnswerMax =
                section.Seconds("WholeAnswerSeconds", 1, 3_600) ?? defaults.WholeAnswerMax,
            SilenceMax = section.Seconds("SilenceSeconds", 1, 3_600) ?? defaults.SilenceMax,
            ConnectionsMax =
                (int?)section.Whole(nameof(ConnectionsMax), 1, 1_000_000)
                ?? defaults.ConnectionsMax,
            Simulation = SimulationOptions.Read(section.Of(nameof(Simulation))),
            Providers = ReadProviders(section, providerIds),
        };
    }

    private static Dictionary<string, ProviderSettings> ReadProviders(
        ConfiguredSection section,
        IReadOnlyList<string> providerIds
    )
    {
        var read = new Dictionary<string, ProviderSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (var id in section.Children)
        {
            if (s_ownNames.Contains(id, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!providerIds.Contains(id, StringComparer.OrdinalIgnoreCase))
            {
                throw new ConfigurationException(
                    $"Providers:{id}",
                    "not the id of a provider",
                    $"one of {string.Join(", ", providerIds)}, or add the provider with its models "
                        + "under \"catalog\": { \"providers\": [ … ] } in arda.json first"
                );
            }

            read[id] = ProviderSettings.Read(section.Of(id));
        }

        return read;
    }
}

/// <summary>How the simulated provider paces its answers; zeros answer at once.</summary>
public sealed record SimulationOptions
{
    public TimeSpan FirstToken { get; init; } = TimeSpan.FromMilliseconds(150);

    public int TokensPerSecond { get; init; } = 120;

    internal static SimulationOptions Read(ConfiguredSection section)
    {
        var defaults = new SimulationOptions();
        return new SimulationOptions
        {
            FirstToken = section.Whole("FirstTokenMs", 0, 60_000) is { } ms
                ? TimeSpan.FromMilliseconds(ms)
                : defaults.FirstToken,
            TokensPerSecond =
                (int?)section.Whole("TokensPerSecond", 0, 1_000_000) ?? defaults.TokensPerSecond,
        };
    }
}

/// <summary>What an operator sets about one provider.</summary>
public sealed record ProviderSettings
{
    /// <summary>Where it listens instead of where the catalog says.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>A file with the key and nothing else.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Whether it bills a stream in full that is cut from our side.</summary>
    public bool? BillsOnDisconnect { get; init; }

    internal static ProviderSettings Read(ConfiguredSection section)
    {
        if (section.Text("ApiKey") is not null)
        {
            throw new ConfigurationException(
                section.PathOf("ApiKey"),
                "a key in clear",
                "the key into a file of its own and name it as ApiKeyFile, or set it in the "
                    + "environment, so that no secret stands in a configuration file"
            );
        }

        return new ProviderSettings
        {
            BaseUrl = section.Text("BaseUrl") is { } url
                ? ProviderBaseUrl.Read(section.PathOf("BaseUrl"), url)
                : null,
            ApiKeyFile = section.Text("ApiKeyFile"),
            BillsOnDisconnect = section.Flag("BillsOnDisconnect"),
        };
    }
}

/// <summary>A part of the configuration, read strictly.</summary>
internal sealed class ConfiguredSection(IConfigurationSection section)
{
    public IEnumerable<string> Children => section.GetChildren().Select(c => c.Key);

    public ConfiguredSection Of(string name) => new(section.GetSection(name));

    public string PathOf(string name) => $"{section.Path}:{name}";

    public string? Text(string name) => section[name] is { Length: > 0 } text ? text : null;

    public TimeSpan? Seconds(string name, long min, long max) =>
        Whole(name, min, max) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    public bool? Flag(string name) =>
        Text(name) switch
        {
            null => null,
            var text when bool.TryParse(text, out var flag) => flag,
            var text => throw new ConfigurationException(PathOf(name), text, "true or false"),
        };

    public long? Whole(string name, long min, long max)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
            ? number
            : throw new ConfigurationException(
                PathOf(name),
                text,
                $"a whole number from {min} to {max}"
            );
    }
}
