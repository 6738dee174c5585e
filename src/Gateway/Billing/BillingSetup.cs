using Arda.Gateway.Billing.Bootstrap;
using Arda.Gateway.Billing.Feedback;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Billing.Quotes;
using Arda.Gateway.Billing.Status;
using Arda.Gateway.Billing.Usage;
using Arda.Gateway.Ledger;

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
        services.AddSingleton<PricedModels>();
        services.AddSingleton<CatalogEndpoint>();
        services.AddSingleton<BillingDecisions>();
        services.AddSingleton<BootstrapEndpoint>();
        services.AddSingleton<QuoteEndpoints>();
        services.AddSingleton<ChargedRequests>();
        services.AddSingleton<UsageEndpoint>();
        services.AddSingleton<FeedbackEndpoint>();
        return services;
    }
}
