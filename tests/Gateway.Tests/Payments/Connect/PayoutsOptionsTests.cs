using Arda.Gateway.Http;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Microsoft.Extensions.Configuration;

namespace Arda.Gateway.Tests.Payments.Connect;

/// <summary>What the operator may set about paying resellers.</summary>
public sealed class PayoutsOptionsTests
{
    [Fact]
    public void Without_a_word_earnings_wait_thirty_days_and_are_paid_each_month()
    {
        var options = Read().Payouts;

        Assert.Equal(TimeSpan.FromDays(30), options.HoldPeriod);
        Assert.Equal(
            (2500L, PayoutPeriod.Month, 0),
            (options.MinimumCents, options.Every, options.ReserveBps)
        );
    }

    [Theory]
    [InlineData("Payments:Payouts:HoldDays", "13", "14 to 365")]
    [InlineData("Payments:Payouts:MinimumCents", "-1", "100 to 1000000")]
    [InlineData("Payments:Payouts:Every", "hour", "day, week or month")]
    [InlineData("Payments:Payouts:Every", "7", "day, week or month")]
    [InlineData("Payments:Payouts:Country", "usa", "two letters")]
    [InlineData("Payments:Payouts:ReserveBps", "10001", "0 to 10000")]
    public void What_cannot_be_meant_stops_the_start(string key, string value, string says)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Read((key, value)));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_endpoints_of_webhooks_have_a_secret() =>
        Assert.Equal(
            ["whsec_1", "whsec_2"],
            Read(
                ("ledger", "USD"),
                ("STRIPE_SECRET_KEY", "sk_test_1"),
                ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
                ("STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_2")
            ).WebhookSecrets
        );

    private static PaymentsOptions Read(params (string Key, string Value)[] settings) =>
        PaymentsOptions.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    settings.Select(one => new KeyValuePair<string, string?>(one.Key, one.Value))
                )
                .Build(),
            new EdgeOptions(),
            settings.Any(one => one.Key == "ledger") ? "USD" : "XTS"
        );
}
