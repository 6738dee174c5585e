using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>What Program.cs calls.</summary>
public static class AccountsSetup
{
    /// <summary>Needs <see cref="Database"/> among the services.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<People>();
        services.AddSingleton<Projects>();
        services.AddSingleton<OperatorTokens>();
        return services;
    }
}
