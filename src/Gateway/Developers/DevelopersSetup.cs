using Arda.Gateway.Http;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>What an operator sets about apps, section <c>Developers</c>.</summary>
public sealed record DevelopersOptions
{
    /// <summary>Refuse schemes such as <c>myapp:</c> that any other app may claim too.</summary>
    public bool RequireReverseDomainSchemes { get; init; }

    /// <exception cref="ConfigurationException">A value that cannot be meant.</exception>
    public static DevelopersOptions Read(IConfiguration configuration)
    {
        const string Key = "Developers:RequireReverseDomainSchemes";
        return new DevelopersOptions
        {
            RequireReverseDomainSchemes = configuration[Key] switch
            {
                null or "" => false,
                var text when bool.TryParse(text, out var flag) => flag,
                var text => throw new ConfigurationException(Key, text, "true or false"),
            },
        };
    }
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
        services.AddSingleton<AppSecrets>();
        services.AddSingleton<WebOrigins>();
        return services;
    }
}
