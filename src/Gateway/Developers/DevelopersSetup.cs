using Arda.Gateway.Http;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>What an operator sets about apps, section <c>Developers</c>.</summary>
public sealed record DevelopersOptions
{
    /// <summary>Refuse schemes such as <c>myapp:</c> that any other app may claim too.</summary>
    public bool RequireReverseDomainSchemes { get; init; }

    /// <summary>Approve apps without a markup although money cannot reach their owner: nothing is
    /// earned with them.</summary>
    public bool ApproveUnpaidWithoutMarkup { get; init; }

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static DevelopersOptions Read(IConfiguration configuration)
    {
        const string PayoutsKey = "Developers:PayoutsBeforeApproval";
        return new DevelopersOptions
        {
            RequireReverseDomainSchemes = Flag(
                configuration,
                "Developers:RequireReverseDomainSchemes"
            ),
            ApproveUnpaidWithoutMarkup = configuration[PayoutsKey]?.ToLowerInvariant() switch
            {
                null or "" or "all" => false,
                "markup" => true,
                var text => throw new ConfigurationException(PayoutsKey, text, "all or markup"),
            },
        };
    }

    private static bool Flag(IConfiguration configuration, string key) =>
        configuration[key] switch
        {
            null or "" => false,
            var text when bool.TryParse(text, out var flag) => flag,
            var text => throw new ConfigurationException(key, text, "true or false"),
        };
}

/// <summary>What Program.cs calls.</summary>
public static class DevelopersSetup
{
    /// <summary>Needs <see cref="Database"/>, <see cref="ChangeFeed"/> and the keys. The feed must
    /// start after <see cref="WebOrigins"/> was made.</summary>
    public static IServiceCollection AddDevelopers(
        this IServiceCollection services,
        IConfiguration configuration
    )
    {
        services.AddSingleton(DevelopersOptions.Read(configuration));
        services.AddSingleton<Apps>();
        services.AddSingleton<AppReviews>();
        services.AddSingleton<AppSecrets>();
        services.AddSingleton<AppLogos>();
        services.AddSingleton<WebOrigins>();
        return services;
    }
}
