using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Billing.Status;

namespace Arda.Gateway.Billing;

/// <summary>What Program.cs calls.</summary>
internal static class BillingSetup
{
    /// <summary>Needs the rooms below among the services. The feed must start after
    /// <see cref="PortalNews"/> was made.</summary>
    public static IServiceCollection AddBilling(this IServiceCollection services)
    {
        services.AddSingleton<PortalNews>();
        services.AddSingleton<PortalProgress>();
        services.AddSingleton<PortalSessions>();
        services.AddSingleton<PortalEndpoints>();
        services.AddSingleton<GatewayCall>();
        services.AddSingleton<ProjectStatuses>();
        services.AddSingleton<StatusJson>();
        services.AddSingleton<StatusEndpoint>();
        return services;
    }
}
