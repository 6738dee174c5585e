using System.Globalization;
using Arda.Gateway.Http;

namespace Arda.Gateway.Payments;

/// <summary>Who takes the money.</summary>
public enum PaymentProvider
{
    /// <summary>Nobody: top-ups answer that payments are unavailable.</summary>
    None,

    /// <summary>The built-in stand-in, with test money.</summary>
    Simulated,

    Stripe,
}

/// <summary>What the operator sets about payments.</summary>
internal sealed record PaymentsOptions
{
    public const string StripeKeyName = "STRIPE_SECRET_KEY";
    public const string WebhookSecretName = "STRIPE_WEBHOOK_SECRET";
    public const string ConnectSecretName = "STRIPE_CONNECT_WEBHOOK_SECRET";

    public required PaymentProvider Provider { get; init; }

    /// <summary>Of the ledger, in the provider's lower case.</summary>
    public required string Currency { get; init; }

    public required string PublicUrl { get; init; }

    public IReadOnlyList<long> TopupAmountsCents { get; init; } = [500, 1000, 2500, 5000, 10000];

    public Uri StripeUrl { get; init; } = new("https://api.stripe.com");

    public string SecretKey { get; init; } = "";

    /// <summary>All that may sign now: own account, connected accounts, one being
    /// replaced.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; init; } = [];

    /// <summary>How long after a payment its unspent part may be refunded by its user.</summary>
    public TimeSpan RefundWindow { get; init; } = TimeSpan.FromDays(30);

    public TimeSpan PageLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Between two reloads of one project.</summary>
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How resellers are paid.</summary>
    public Connect.PayoutsOptions Payouts { get; init; } = new();

    public bool IsLive => SecretKey.Contains("_live_", StringComparison.Ordinal);

    public bool IsOn => Provider is not PaymentProvider.None;

    /// <exception cref="ConfigurationException">A combination that cannot be meant.</exception>
    public static PaymentsOptions Read(
        IConfiguration configuration,
        EdgeOptions edge,
        string ledgerCurrency
    )
    {
        var section = configuration.GetSection("Payments");
        var key = SecretOf(configuration, StripeKeyName, section["SecretKeyFile"]);
        var provider = ProviderOf(section["Provider"], key, ledgerCurrency);
        var secrets = SecretOf(configuration, WebhookSecretName, section["WebhookSecretFile"]);
        var ofAccounts = SecretOf(
            configuration,
            ConnectSecretName,
            section["ConnectWebhookSecretFile"]
        );
        var options = new PaymentsOptions
        {
            Provider = provider,
            Currency = ledgerCurrency.ToLowerInvariant(),
            PublicUrl = edge.PublicUrl,
            TopupAmountsCents = edge.TopupAmountsCents,
            SecretKey = provider is PaymentProvider.Stripe ? key ?? "" : "",
            WebhookSecrets =
            [
                .. $"{secrets}\n{ofAccounts}".Split(
                    [',', '\n'],
                    StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
                ),
            ],
        };
        Check(options);
        return options with
        {
            StripeUrl = UrlOf(section["StripeUrl"]) ?? options.StripeUrl,
            RefundWindow = Days(section["RefundWindowDays"]) ?? options.RefundWindow,
            Payouts = Connect.PayoutsOptions.Read(section.GetSection("Payouts")),
        };
    }

    private static PaymentProvider ProviderOf(string? said, string? key, string currency) =>
        said?.ToLowerInvariant() switch
        {
            "stripe" => PaymentProvider.Stripe,
            "simulated" => PaymentProvider.Simulated,
            "none" => PaymentProvider.None,
            null or "" when key is not null => PaymentProvider.Stripe,
            null or "" => currency == "XTS" ? PaymentProvider.Simulated : PaymentProvider.None,
            _ => throw new ConfigurationException(
                "Payments:Provider",
                said!,
                "stripe, simulated or none"
            ),
        };

    // Simulated and real money must never meet in one wallet.
    private static void Check(PaymentsOptions options)
    {
        if (options.Provider is PaymentProvider.Simulated && options.Currency != "xts")
        {
            throw new ConfigurationException(
                "Payments:Provider",
                "simulated",
                "stripe or none, or set ledger:currency to XTS: simulated payments are test money"
            );
        }

        if (options.Provider is not PaymentProvider.Stripe)
        {
            return;
        }

        if (options.SecretKey.Length == 0 || options.WebhookSecrets.Count == 0)
        {
            throw new ConfigurationException(
                "Payments:Provider",
                "stripe",
                $"{StripeKeyName} and {WebhookSecretName} in the environment, or the files "
                    + "Payments:SecretKeyFile and Payments:WebhookSecretFile, as well"
            );
        }

        if (options.Currency == "xts")
        {
            throw new ConfigurationException(
                "ledger:currency",
                "XTS",
                "USD: real payments need real money"
            );
        }
    }

    private static string? SecretOf(IConfiguration configuration, string name, string? file) =>
        file is { Length: > 0 } ? File.ReadAllText(file).Trim()
        : configuration[name] is { Length: > 0 } value ? value
        : null;

    private static Uri? UrlOf(string? text) =>
        text is not { Length: > 0 } ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
        : throw new ConfigurationException("Payments:StripeUrl", text, "an absolute http address");

    private static TimeSpan? Days(string? text) =>
        text is not { Length: > 0 } ? null
        : int.TryParse(text, CultureInfo.InvariantCulture, out var days) && days is >= 0 and <= 180
            ? TimeSpan.FromDays(days)
        : throw new ConfigurationException("Payments:RefundWindowDays", text, "0 to 180");
}
