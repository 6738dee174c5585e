namespace Arda.Gateway.OAuth;

/// <summary>What Program.cs calls.</summary>
public static class OAuthSetup
{
    public static IServiceCollection AddOAuth(this IServiceCollection services)
    {
        services.AddSingleton<AuthorizeRequests>();
        services.AddSingleton<DeviceCodes>();
        return services;
    }
}
