using Arda.Gateway.Http;
using Arda.Gateway.Payments;
using Microsoft.Extensions.Configuration;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Who takes the money, and which combinations never start.</summary>
public sealed class PaymentsOptionsTests
{
    [Theory]
    [InlineData("XTS", "", PaymentProvider.Simulated)]
    [InlineData("USD", "", PaymentProvider.None)]
    [InlineData(
        "USD",
        "STRIPE_SECRET_KEY=sk_test_1;STRIPE_WEBHOOK_SECRET=w",
        PaymentProvider.Stripe
    )]
    [InlineData("XTS", "Payments:Provider=none", PaymentProvider.None)]
    public void The_provider_follows_from_what_is_there(
        string currency,
        string settings,
        PaymentProvider provider
    ) => Assert.Equal(provider, Read(currency, settings).Provider);

    [Theory]
    [InlineData("USD", "Payments:Provider=simulated", "test money")]
    [InlineData("USD", "Payments:Provider=stripe", "STRIPE_SECRET_KEY")]
    [InlineData("USD", "STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET")]
    [InlineData("XTS", "STRIPE_SECRET_KEY=sk_live_1;STRIPE_WEBHOOK_SECRET=w", "real money")]
    [InlineData("USD", "Payments:Provider=paypal", "stripe, simulated or none")]
    [InlineData("XTS", "Payments:RefundWindowDays=900", "0 to 180")]
    [InlineData("XTS", "Payments:StripeUrl=api", "absolute http address")]
    public void What_cannot_be_meant_stops_the_start(string currency, string settings, string says)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Read(currency, settings));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_webhook_secrets_are_valid_at_once() =>
        Assert.Equal(
            ["whsec_1", "whsec_2"],
            Read(
                "USD",
                "STRIPE_SECRET_KEY=sk_test_1;STRIPE_WEBHOOK_SECRET=whsec_1, whsec_2"
            ).WebhookSecrets
        );

    private static PaymentsOptions Read(string currency, string settings) =>
        PaymentsOptions.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    settings
                        .Split(';', StringSplitOptions.RemoveEmptyEntries)
                        .Select(pair => pair.Split('='))
                        .Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1]))
                )
                .Build(),
            new EdgeOptions(),
            currency
        );
}
