using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>What Program.cs calls.</summary>
public static class KeysSetup
{
    /// <summary>
    /// Needs <see cref="Database"/>, <see cref="ChangeFeed"/> and a clock among the services. The
    /// feed must start after <see cref="ApiKeys"/> was made.
    /// </summary>
    public static IServiceCollection AddKeys(this IServiceCollection services, KeyOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<KeyUses>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyUses>());
        services.AddSingleton(provider => new ApiKeys(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<ChangeFeed>(),
            options,
            provider.GetRequiredService<KeyUses>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<Connections>();
        services.AddSingleton<GrantedConnections>();
        services.AddSingleton<RateLimits>();
        return services;
    }
}
