using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>The door of this room: what Program.cs calls.</summary>
public static class LedgerSetup
{
    /// <summary>
    /// Registers the ledger over the <c>Database</c>, <c>ChangeFeed</c> and <c>TimeProvider</c> of
    /// the container. It opens when the host starts and closes after the web server has drained, so
    /// register it before anything that serves requests.
    /// </summary>
    /// <param name="services">Of the server.</param>
    /// <param name="options">Who this node is, and the operator's figures.</param>
    /// <param name="receiptKey">Makes or reads the key that signs receipts.</param>
    public static IServiceCollection AddLedger(
        this IServiceCollection services,
        LedgerOptions options,
        Func<ReceiptKeys> receiptKey
    )
    {
        services.AddSingleton(options);
        services.AddSingleton<LedgerAlarms>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SpendLedger>(provider));
        services.AddSingleton<Credits>();
        services.AddSingleton<ResellerEarnings>();
        services.AddSingleton(_ => receiptKey());
        services.AddSingleton<Receipts>();
        services.AddSingleton<UsageSummaries>();
        services.AddSingleton<Statements>();
        services.AddSingleton<LowBalances>();
        services.AddHostedService<LedgerHost>();
        services.AddSingleton(provider =>
        {
            var ledger = provider.GetRequiredService<SpendLedger>();
            return new ReadinessCheck("ledger", _ => new(ledger.IsOpen));
        });
        return services;
    }

    /// <summary>
    /// The section "ledger": <c>currency</c>, <c>low_below_cents</c>. Everything has a default.
    /// </summary>
    public static LedgerOptions ReadOptions(IConfiguration configuration, string node)
    {
        var section = configuration.GetSection("ledger");
        var options = new LedgerOptions { Node = node };
        return options with
        {
            Currency = section["currency"] ?? options.Currency,
            LowBelow = section.GetValue<long?>("low_below_cents") is { } cents
                ? NanoUsd.FromCents(cents)
                : options.LowBelow,
        };
    }

    /// <summary>
    /// <c>ledger:receipt_key</c> is a PEM text or the path of one; without it the key is made once
    /// in the data directory.
    /// </summary>
    public static ReceiptKeys ReadReceiptKeys(IConfiguration configuration, string dataDirectory)
    {
        var configured = configuration["ledger:receipt_key"];
        if (configured?.StartsWith("-----BEGIN", StringComparison.Ordinal) == true)
        {
            return ReceiptKeys.FromPem(configured);
        }

        Directory.CreateDirectory(dataDirectory);
        return ReceiptKeys.FromFile(
            configured ?? Path.Combine(dataDirectory, "receipt-signing.pem")
        );
    }
}

/// <summary>Opens the ledger with the host and closes it after the last request.</summary>
internal sealed class LedgerHost(SpendLedger ledger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        ledger.OpenAsync(cancellationToken);

    // Not cut short: what is settled has been delivered.
    public Task StopAsync(CancellationToken cancellationToken) => ledger.CloseAsync();
}
