using Arda.Gateway.Http;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>What Program.cs calls.</summary>
public static class AccountsSetup
{
    /// <summary>Needs <see cref="Database"/> and <see cref="EdgeOptions"/> among the services.</summary>
    public static IServiceCollection AddAccounts(
        this IServiceCollection services,
        IConfiguration configuration
    )
    {
        services.AddSingleton<People>();
        services.AddSingleton<Projects>();
        services.AddSingleton<OperatorTokens>();
        services.AddSingleton<Cookies>();
        services.AddSingleton(s => new Sessions(Get<Database>(s), Get<Cookies>(s)));
        services.AddSingleton(s => new FormTokens(Get<Cookies>(s), Get<EdgeOptions>(s)));
        services.AddSingleton(s => new EmailCodes(
            Get<Database>(s),
            Get<People>(s),
            Get<Mailer>(s),
            Get<Cookies>(s)
        ));
        services.AddSingleton<Invitations>();
        services.AddSingleton(s => new EmailChanges(
            Get<Database>(s),
            Get<Mailer>(s),
            Get<EdgeOptions>(s)
        ));
        services.AddSingleton<PasskeyRows>();
        services.AddSingleton(s => new Passkeys(
            Get<Database>(s),
            Get<People>(s),
            Get<PasskeyRows>(s),
            Get<Cookies>(s),
            Get<Mailer>(s),
            Get<EdgeOptions>(s)
        ));
        services.AddSingleton<AccountDeletion>();
        var external = ExternalProvider.ReadAll(configuration);
        services.AddSingleton(s => new ExternalSignIn(
            external,
            Get<Database>(s),
            Get<People>(s),
            Get<Cookies>(s),
            Get<EdgeOptions>(s),
            Get<TimeProvider>(s),
            Get<ILogger<ExternalSignIn>>(s)
        ));
        services.AddMail(configuration);
        return services;
    }

    private static void AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        if (SmtpOptions.Read(configuration) is { } smtp)
        {
            services.AddSingleton<IMailRoute>(new SmtpRoute(smtp));
        }
        else if (EdgeOptions.Read(configuration).IsLoopback)
        {
            services.AddSingleton(s => new DevMailbox(Get<TimeProvider>(s), Console.Out));
            services.AddSingleton<IMailRoute>(Get<DevMailbox>);
        }
        else
        {
            services.AddSingleton<IMailRoute, NoMail>();
        }

        services.AddSingleton(s => new Mailer(
            Get<IMailRoute>(s),
            Get<TimeProvider>(s),
            Get<ILogger<Mailer>>(s)
        ));
    }

    private static T Get<T>(IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();
}
