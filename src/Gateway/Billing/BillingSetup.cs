using Arda.Gateway.Billing.Portal;

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
        return services;
    }
}
