using Arda.Gateway.Accounts;
using Arda.Gateway.Billing;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Catalog;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Inference;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Operator;
using Arda.Gateway.Pages;
using Arda.Gateway.Payments;
using Arda.Gateway.Storage;

namespace Arda.Gateway;

/// <summary>Opens the store before anything else starts, and closes it after everything else.</summary>
internal static class Startup
{
    /// <summary>What an operator can put right: its message says how, a stack trace would not.</summary>
    public static bool IsOfTheOperator(Exception mistake) =>
        mistake
            is ConfigurationException
                or CatalogException
                or DataDirectoryInUseException
                or StoreUnavailableException
                or IOException
                {
                    InnerException: Microsoft.AspNetCore.Connections.AddressInUseException
                };

    /// <summary>
    /// Settings are read once. The host would watch the working directory for changed ones, with all
    /// that is in it: where the data is there too, each write of the store woke a thread for it.
    /// </summary>
    public static void WatchNoFiles() =>
        Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");

    public static IServiceCollection AddStore(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(provider =>
            Database.Open(
                new StorageOptions
                {
                    DataDirectory = settings.DataDirectory,
                    PostgresConnectionString = settings.PostgresConnectionString,
                },
                provider.GetRequiredService<TimeProvider>()
            )
        );
        services.AddSingleton(provider => new ChangeFeed(
            provider.GetRequiredService<Database>(),
            settings.Node,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddHostedService<StoreStart>();
        services.AddSingleton(provider => new ReadinessCheck(
            "store",
            ct => AnswersAsync(provider.GetRequiredService<Database>(), ct)
        ));
        return services;
    }

    /// <summary>Pages come before the rooms that speak JSON: some of their addresses begin alike.</summary>
    public static void MapRooms(this WebApplication app)
    {
        app.MapModels(Wiring.ModelListingOf(app.Services));
        app.MapPages();
        app.MapAccounts();
        app.MapKeys();
        app.MapInference();
        app.MapBilling();
        app.MapPayments();
        app.MapOperator();
        app.MapDevelopers();
        app.MapOAuth();
    }

    public static IServiceCollection AddFirstStart(this IServiceCollection services)
    {
        services.AddSingleton<OwnApps>();
        services.AddSingleton<DemoApps>();
        services.AddSingleton(Wiring.SignInFirstOf);
        services.AddSingleton<Demo>();
        services.AddHostedService<FirstStart>();
        return services;
    }

    private static async ValueTask<bool> AnswersAsync(Database database, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne("SELECT 1", row => row.GetInt64(0)) == 1;
    }

    private sealed class StoreStart(Database database, ChangeFeed feed, IServiceProvider services)
        : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await database.MigrateAsync(
                [
                    .. ChangeLog.Migrations,
                    .. AccountsSchema.Migrations,
                    .. KeysSchema.Migrations,
                    .. LedgerSchema.Migrations,
                    .. BalanceWatches.Migrations,
                    .. PaymentsSchema.Migrations,
                    .. InferenceSchema.Migrations,
                    .. DevelopersSchema.Migrations,
                    .. OAuthSchema.Migrations,
                    .. BillingSchema.Migrations,
                ],
                cancellationToken
            );
            // Whoever listens to the feed must exist before it starts.
            services.GetRequiredService<ApiKeys>();
            services.GetRequiredService<WebOrigins>();
            services.GetRequiredService<PortalNews>();
            services.GetRequiredService<SpendLedger>();
            await feed.StartAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
