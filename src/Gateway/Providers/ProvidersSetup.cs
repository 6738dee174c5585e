using System.Net;
using Arda.Gateway.Catalog;
using Arda.Gateway.Providers.Simulated;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Arda.Gateway.Providers;

/// <summary>Registers this room: what Program.cs calls.</summary>
public static class ProvidersSetup
{
    /// <summary>
    /// Reads and checks what the operator said about providers, keys included, and registers
    /// <see cref="Upstreams"/>.
    /// </summary>
    /// <exception cref="Http.ConfigurationException">Something in it cannot be meant.</exception>
    public static ProvidersOptions AddProviders(
        this IServiceCollection services,
        IConfiguration configuration,
        ModelCatalog catalog
    )
    {
        var options = ProvidersOptions.Read(
            configuration,
            [.. catalog.Providers.Select(p => p.Id)]
        );
        services.AddProviders(options, catalog, Environment.GetEnvironmentVariable);
        return options;
    }

    internal static void AddProviders(
        this IServiceCollection services,
        ProvidersOptions options,
        ModelCatalog catalog,
        Func<string, string?> environment
    )
    {
        // The keys are looked for now: a file that is not there stops the start, not a request.
        foreach (var provider in catalog.Providers)
        {
            ProviderKeys.Find(
                provider,
                options.Providers.GetValueOrDefault(provider.Id),
                environment
            );
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<HostResolver>(
            static (host, ct) => Dns.GetHostAddressesAsync(host, ct)
        );
        services.AddSingleton(options);
        services.AddSingleton<UpstreamAlarms>();
        services.AddSingleton(provider => new HealthBoard(
            options.Breaker,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<UpstreamAlarms>()
        ));
        services.AddSingleton(provider => new SimulatedProvider(
            catalog,
            options.Simulation,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new ProviderConnections(
            catalog,
            options,
            provider.GetRequiredService<SimulatedProvider>(),
            provider.GetRequiredService<HostResolver>(),
            environment
        ));
        services.AddSingleton(provider => new Upstreams(
            provider.GetRequiredService<ProviderConnections>(),
            provider.GetRequiredService<HealthBoard>(),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<UpstreamAlarms>()
        ));
    }
}
