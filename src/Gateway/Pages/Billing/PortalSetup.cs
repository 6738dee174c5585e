namespace Arda.Gateway.Pages.Billing;

/// <summary>The pages of the billing portal, as the other pages register them.</summary>
internal static class PortalSetup
{
    public static void AddPortal(this IServiceCollection services)
    {
        services.AddSingleton<PortalDesk>();
        services.AddSingleton<AddMoneyForm>();
        services.AddSingleton<StatementWords>();
        services.AddSingleton<EntrancePages>();
        services.AddSingleton<BalancePages>();
        services.AddSingleton<TopupPages>();
        services.AddSingleton<CardPages>();
        services.AddSingleton<ReloadPages>();
        services.AddSingleton<LimitPages>();
        services.AddSingleton<HistoryPages>();
        services.AddSingleton<PaymentPages>();
        services.AddSingleton<PaymentLetters>();
    }

    public static void MapPortal(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        services.GetRequiredService<EntrancePages>().Map(routes);
        services.GetRequiredService<BalancePages>().Map(routes);
        services.GetRequiredService<TopupPages>().Map(routes);
        services.GetRequiredService<CardPages>().Map(routes);
        services.GetRequiredService<ReloadPages>().Map(routes);
        services.GetRequiredService<LimitPages>().Map(routes);
        services.GetRequiredService<HistoryPages>().Map(routes);
        services.GetRequiredService<PaymentPages>().Map(routes);
    }
}
