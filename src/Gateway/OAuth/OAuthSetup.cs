using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>What Program.cs calls.</summary>
public static class OAuthSetup
{
    /// <summary>Needs the rooms below among the services.</summary>
    public static IServiceCollection AddOAuth(
        this IServiceCollection services,
        IConfiguration configuration,
        string dataDirectory
    )
    {
        services.AddSingleton(OAuthOptions.Read(configuration));
        services.AddSingleton(_ => SigningSeal.Read(configuration, dataDirectory));
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<Subjects>();
        services.AddSingleton<IdTokens>();
        services.AddSingleton<AuthorizeJudge>();
        services.AddSingleton<Interactions>();
        services.AddSingleton<Grants>();
        services.AddSingleton<GrantedKeys>();
        services.AddSingleton<AuthorizationCodes>();
        services.AddSingleton<RevokeLinks>();
        services.AddSingleton<ConsentMails>();
        services.AddSingleton(s => new AuthorizeRequests(
            Get<Database>(s),
            Get<ChangeFeed>(s),
            Get<Projects>(s),
            Get<AuthorizeJudge>(s),
            Get<Interactions>(s),
            Get<AuthorizationCodes>(s),
            Get<Grants>(s),
            Get<ConsentMails>(s),
            Get<TimeProvider>(s),
            Get<EdgeOptions>(s)
        ));
        services.AddSingleton(s => new DeviceCodes(
            Get<Database>(s),
            Get<ChangeFeed>(s),
            Get<Projects>(s),
            Get<Grants>(s),
            Get<ConsentMails>(s)
        ));
        services.AddEndpoints();
        services.AddSingleton(s => new LeakedKeys(
            Get<Database>(s),
            Get<ApiKeys>(s),
            Get<People>(s),
            Get<Apps>(s),
            Get<Mailer>(s),
            Get<EdgeOptions>(s)
        ));
        var signers = LeakReports.ReadSigners(configuration);
        services.AddSingleton(s => new LeakReports(Get<LeakedKeys>(s), signers));
        return services;
    }

    private static void AddEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<Discovery>();
        services.AddSingleton<AddressLimits>();
        services.AddSingleton<AuthorizeInfo>();
        services.AddSingleton<ClientAuthentication>();
        services.AddSingleton(_ => new UserCodes());
        services.AddSingleton<DeviceRequests>();
        services.AddSingleton<DevicePolls>();
        services.AddSingleton<DeviceEndpoint>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<TokenState>();
    }

    private static T Get<T>(IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();
}
