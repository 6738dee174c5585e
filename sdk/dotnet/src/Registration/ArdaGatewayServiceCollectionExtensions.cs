using Arda.Gateway.Sdk;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

// Where every registration of .NET is looked for.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the gateway's clients.</summary>
public static class ArdaGatewayServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="GatewayOAuthClient"/>, <see cref="ArdaGatewayClientFactory"/> and, for
    /// an app that has a key of its own, <see cref="ArdaGatewayClient"/>. A registered
    /// <see cref="TimeProvider"/> is their clock.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options; leave it out where
    /// <c>services.Configure&lt;ArdaGatewayOptions&gt;(section)</c> does.</param>
    /// <returns>The HTTP client of all of them, to add handlers to. Redirects are not
    /// followed.</returns>
    public static IHttpClientBuilder AddArdaGateway(
        this IServiceCollection services,
        Action<ArdaGatewayOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ArdaGatewayOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(static provider => new ArdaGatewayClientFactory(
            provider.GetRequiredService<IHttpClientFactory>(),
            provider.GetRequiredService<IOptionsMonitor<ArdaGatewayOptions>>(),
            provider.GetService<TimeProvider>()
        ));
        services.TryAddTransient(static provider =>
            provider.GetRequiredService<ArdaGatewayClientFactory>().CreateOAuth()
        );
        services.TryAddTransient(static provider =>
            provider.GetRequiredService<ArdaGatewayClientFactory>().CreateOwn()
        );
        return services
            .AddHttpClient(
                ArdaGatewayClientFactory.HttpClientName,
                static http => http.Timeout = TimeSpan.FromMinutes(10)
            )
            .ConfigurePrimaryHttpMessageHandler(GatewayTransport.NewHandler);
    }
}
