using System.Text;
using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Tests.Payments;

/// <summary>The judge must be able to say no.</summary>
public sealed class StripeDocumentTests
{
    [Theory]
    [InlineData("amount=1000&currency=usd", 0)]
    [InlineData("amount=20.00&currency=usd", 1)]
    [InlineData("currency=usd", 1)]
    [InlineData("amount=1000&currency=usd&payment_method_types%5B0%5D=card", 1)]
    [InlineData("amount=1000&currency=usd&confirm=yes", 1)]
    [InlineData("amount=1000&currency=usd&metadata%5Breload%5D=r", 0)]
    [InlineData("amount=1000&currency=usd&payment_method_options%5Bcard%5D%5Bnope%5D=1", 1)]
    [InlineData("amount=1000&currency=usd&expand%5B0%5D=latest_charge", 0)]
    public void A_request_that_the_document_does_not_know_is_seen(string form, int mistakes) =>
        Assert.Equal(
            mistakes,
            StripeDocument.Needed().RequestMistakes("POST", "/v1/payment_intents", form).Count
        );

    [Fact]
    public void An_answer_without_what_is_always_there_is_seen()
    {
        var document = StripeDocument.Needed();
        const string Whole = """
            {"object":"account_link","created":1,"expires_at":2,"url":"https://x"}
            """;
        const string Half = """{"object":"account_link","created":"1","url":null}""";

        Assert.Empty(document.AnswerMistakes("POST", "/v1/account_links", 200, Whole));
        var mistakes = document.AnswerMistakes("POST", "/v1/account_links", 200, Half);
        Assert.Equal(3, mistakes.Count);
        Assert.NotEmpty(document.AnswerMistakes("POST", "/v1/account_links", 400, "{}"));
    }

    [Fact]
    public void A_path_or_event_of_our_own_invention_is_seen()
    {
        var document = StripeDocument.Needed();
        Assert.NotEmpty(document.RequestMistakes("GET", "/v1/wallets", ""));
        Assert.NotEmpty(document.RequestMistakes("GET", "/v1/events", "?kinds=1"));
        Assert.NotEmpty(document.EventMistakes("""{"object":"event","type":"charge.eaten"}"""));
    }

    // The scheme's own published form: t, a full stop, the body.
    [Fact]
    public void The_signature_is_the_published_one()
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        var expected = Convert.ToHexStringLower(
            System.Security.Cryptography.HMACSHA256.HashData(
                Encoding.UTF8.GetBytes("whsec_1"),
                Encoding.UTF8.GetBytes("1700000000.{}")
            )
        );

        Assert.Equal($"t=1700000000,v1={expected}", WebhookSignature.Sign("{}"u8, "whsec_1", at));
    }

    [Fact]
    public void Nested_fields_are_encoded_as_the_api_takes_them() =>
        Assert.Equal(
            "a=1%20%26&b%5Bc%5D%5B0%5D=true&expand%5B0%5D=x",
            new StripeForm()
                .Add("a", "1 &")
                .Add("none", null)
                .Add("b[c][0]", true)
                .Expand("x")
                .ToString()
        );
}
