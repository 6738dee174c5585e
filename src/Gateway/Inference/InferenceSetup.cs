using System.Globalization;
using Arda.Gateway.Http;
using Arda.Gateway.Planning;

namespace Arda.Gateway.Inference;

/// <summary>What Program.cs calls.</summary>
internal static class InferenceSetup
{
    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static InferenceOptions AddInference(
        this IServiceCollection services,
        IConfiguration configuration
    )
    {
        var options = Read(configuration.GetSection("Inference"));
        services.AddSingleton(options);
        services.AddPlanning(options.Planning);
        services.AddSingleton<Replays>();
        services.AddHostedService(provider => provider.GetRequiredService<Replays>());
        services.AddSingleton<Admission>();
        services.AddSingleton<UpstreamAttempts>();
        services.AddSingleton<AnswerHeaders>();
        services.AddSingleton<LiveStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveStreams>());
        services.AddSingleton<InferenceDesk>();
        services.AddSingleton<PaidRequests>();
        services.AddSingleton<TokenCounts>();
        return options;
    }

    private static InferenceOptions Read(IConfigurationSection section)
    {
        var defaults = new InferenceOptions();
        return defaults with
        {
            Planning = ReadPlanning(section, defaults.Planning),
            RequestDurationMax =
                Seconds(section, "RequestSecondsMax", 1, 3_600) ?? defaults.RequestDurationMax,
            KeepAliveAfter = Seconds(section, "KeepAliveSeconds", 1, 60) ?? defaults.KeepAliveAfter,
            ProgressEvery = Seconds(section, "ProgressSeconds", 1, 600) ?? defaults.ProgressEvery,
            DrainAfterDisconnectMax =
                Seconds(section, "DrainAfterDisconnectSeconds", 1, 600)
                ?? defaults.DrainAfterDisconnectMax,
            ReplayAge = Seconds(section, "ReplaySeconds", 60, 604_800) ?? defaults.ReplayAge,
        };
    }

    private static PlanningOptions ReadPlanning(
        IConfigurationSection section,
        PlanningOptions defaults
    ) =>
        new()
        {
            GatewayMarkupBps =
                Whole(section, "GatewayMarkupBps", 0, 10_000) ?? defaults.GatewayMarkupBps,
            RollingHoldTokens =
                Whole(section, "RollingHoldTokens", 16, 1_000_000) ?? defaults.RollingHoldTokens,
            OutputTokensMin =
                Whole(section, "OutputTokensMin", 1, 100_000) ?? defaults.OutputTokensMin,
        };

    private static TimeSpan? Seconds(
        IConfigurationSection section,
        string name,
        int min,
        int max
    ) => Whole(section, name, min, max) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static int? Whole(IConfigurationSection section, string name, int min, int max)
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
                $"{section.Path}:{name}",
                text,
                $"a whole number from {min} to {max}"
            );
    }
}
