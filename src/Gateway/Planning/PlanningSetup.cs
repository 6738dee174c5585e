namespace Arda.Gateway.Planning;

/// <summary>What whoever serves requests calls.</summary>
internal static class PlanningSetup
{
    /// <summary>Needs catalog, providers and ledger among the services.</summary>
    public static IServiceCollection AddPlanning(
        this IServiceCollection services,
        PlanningOptions options
    )
    {
        services.AddSingleton(options);
        services.AddSingleton<RequestRoutes>();
        services.AddSingleton<HoldSizing>();
        services.AddSingleton<RequestPlans>();
        return services;
    }
}
