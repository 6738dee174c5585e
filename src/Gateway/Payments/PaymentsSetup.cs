using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Payments;

/// <summary>The door of this room: what Program.cs calls.</summary>
internal static class PaymentsSetup
{
    private static readonly Uri s_inProcess = new("http://simulated.invalid");

    /// <summary>
    /// Registers payments over Storage, Accounts and Ledger. Register it before whatever serves
    /// requests and after the ledger, so that its tables are there and its worker ends first.
    /// </summary>
    /// <param name="services">Of the server.</param>
    /// <param name="options">Who takes the money.</param>
    /// <param name="mailDoor">How its mails leave.</param>
    public static IServiceCollection AddPayments(
        this IServiceCollection services,
        PaymentsOptions options,
        Func<IServiceProvider, PaymentMailDoor> mailDoor
    )
    {
        services.AddSingleton(options);
        services.AddSingleton(mailDoor);
        services.AddSingleton<BalanceWatches>();
        services.AddSingleton<WalletChanges>();
        services.AddSingleton<PaymentMode>();
        services.AddSingleton<Findings>();
        services.AddSingleton<PaymentMails>();
        services.AddSingleton<AutoReloads>();
        services.AddSingleton<ReloadCaps>();
        services.AddSingleton<Customers>();
        services.AddSingleton<Cards>();
        services.AddSingleton<ReplacedCards>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<CardSetups>();
        services.AddSingleton<PaidTopups>();
        services.AddSingleton<Topups>();
        services.AddSingleton<ReloadStarts>();
        services.AddSingleton<ReloadDeclines>();
        services.AddSingleton<LostCharges>();
        services.AddSingleton<ReloadCharges>();
        services.AddSingleton<Refunds>();
        services.AddSingleton<SentRefunds>();
        services.AddSingleton<OutsideRefunds>();
        services.AddSingleton<Disputes>();
        services.AddConnect();
        services.AddSingleton<EventWorker>();
        services.AddSingleton<LowBalanceMails>();
        services.AddSingleton<LimitMails>();
        services.AddSingleton<PaymentSweeps>();
        services.AddSingleton<PaymentHealth>();
        services.AddSingleton<PaymentReadings>();
        services.AddSingleton<PaymentStandings>();
        services.AddSingleton<PaymentWorker>();
        services.AddStripe(options);
        services.AddHostedService<PaymentsStart>();
        return services;
    }

    /// <summary>Apart from the rest, so that a test can move time by hand.</summary>
    public static IServiceCollection AddPaymentWorkers(this IServiceCollection services)
    {
        services.AddHostedService(provider => provider.GetRequiredService<PaymentWorker>());
        services.AddHostedService<SimulatedWorker>();
        return services;
    }

    /// <summary>The webhook endpoint, and the simulated provider where it is the one.</summary>
    public static WebApplication MapPayments(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<PaymentsOptions>();
        if (options.IsOn)
        {
            app.MapPaymentWebhooks();
        }

        if (options.Provider is PaymentProvider.Simulated)
        {
            app.MapSimulatedPayments();
        }

        return app;
    }

    private static void AddConnect(this IServiceCollection services)
    {
        services.AddSingleton<BankPayouts>();
        services.AddSingleton<Payees>();
        services.AddSingleton<PayeeLinks>();
        services.AddSingleton<OwnAccounts>();
        services.AddSingleton<Payouts>();
        services.AddSingleton<PayoutBatches>();
        services.AddSingleton<PayoutSends>();
        services.AddSingleton<PayoutReversals>();
        services.AddSingleton<ConnectEvents>();
    }

    /// <summary>One client; what differs is who listens at the other end.</summary>
    private static void AddStripe(this IServiceCollection services, PaymentsOptions options)
    {
        services.AddSingleton<StripeHealth>();
        services.AddSingleton<SimulatedServer>();
        services.AddSingleton<SimulatedDelivery>();
        services.AddSingleton<WebhookLoopback>();
        services.AddSingleton<WebhookPost>(provider =>
            provider.GetRequiredService<WebhookLoopback>().PostAsync
        );
        var isSimulated = options.Provider is PaymentProvider.Simulated;
        services.AddSingleton(provider => new WebhookSecrets(() =>
            isSimulated
                ? provider.GetRequiredService<SimulatedServer>().WebhookSecrets
                : options.WebhookSecrets
        ));
        services.AddSingleton(provider =>
        {
            HttpMessageHandler handler = isSimulated
                ? new SimulatedHandler(provider.GetRequiredService<SimulatedServer>())
                : new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
            return new StripeTransport(
                new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan },
                new StripeOptions
                {
                    BaseUrl = isSimulated ? s_inProcess : options.StripeUrl,
                    SecretKey = isSimulated ? "sk_test_simulated" : options.SecretKey,
                    RetryFirst = options.RetryFirst,
                },
                provider.GetRequiredService<StripeHealth>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<StripeTransport>>()
            );
        });
        services.AddSingleton<StripeClient>();
    }

    /// <summary>After the tables are there and before anything is served.</summary>
    private sealed class PaymentsStart(
        PaymentsOptions options,
        PaymentMode mode,
        SimulatedServer simulated,
        StripeHealth health,
        Findings findings
    ) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await mode.CheckAsync();
            if (options.Provider is PaymentProvider.Simulated)
            {
                await simulated.PrepareAsync();
            }

            health.KeyRefused = why =>
                _ = findings.WriteAsync(Findings.KeyRefused, "secret_key", why);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
