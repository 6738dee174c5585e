using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>Checks all places that tell what a request cost against one independent bill.</summary>
internal static class Charge
{
    private const decimal NanoPerUsd = 1_000_000_000m;

    /// <param name="gateway">Where it was asked.</param>
    /// <param name="before">The balance before, in nano-dollars.</param>
    /// <param name="answer">Its headers name the generation.</param>
    /// <param name="used">By the provider's own words.</param>
    /// <param name="price">The model's price list.</param>
    /// <returns>The receipt.</returns>
    public static async Task<JsonNode> EqualsAsync(
        RecordedGateway gateway,
        BigInteger before,
        HttpResponseMessage answer,
        Used used,
        PriceList price
    )
    {
        var bill = price.Bill(used, RecordedGateway.GatewayBps, RecordedGateway.ResellerBps);
        var receipt = await ReceiptAsync(gateway.Client, IdOf(answer));
        Assert.Equal(bill.Base, Amount(receipt, "base_nano_usd"));
        Assert.Equal(bill.Gateway, Amount(receipt, "gateway_markup_nano_usd"));
        Assert.Equal(bill.Reseller, Amount(receipt, "reseller_markup_nano_usd"));
        Assert.Equal(bill.Total, Amount(receipt, "total_nano_usd"));
        Assert.Equal(
            bill.Total,
            Amount(receipt, "paid_nano_usd") + Amount(receipt, "promo_nano_usd")
        );
        Assert.Equal(BigInteger.Zero, Amount(receipt, "absorbed_nano_usd"));
        Assert.Equal(bill.Total, before - await gateway.BalanceAsync());
        TokensEqual(used, receipt["usage"]!);
        return receipt;
    }

    /// <summary>The members that ride on <c>usage</c>.</summary>
    public static void IsOn(JsonNode? usage, Bill bill)
    {
        Assert.NotNull(usage);
        Assert.Equal(bill.Total, Nano(usage["cost"]));
        var details = usage["cost_details"]!;
        Assert.Equal(bill.Base, Nano(details["base"]));
        Assert.Equal(bill.Gateway, Nano(details["gateway_markup"]));
        Assert.Equal(bill.Reseller, Nano(details["reseller_markup"]));
    }

    public static string IdOf(HttpResponseMessage answer) =>
        Assert.Single(answer.Headers.GetValues("X-Arda-Generation-Id"));

    /// <summary>The receipt, once its signature is good for exactly what it says.</summary>
    public static async Task<JsonNode> ReceiptAsync(HttpClient client, string id)
    {
        var ct = TestContext.Current.CancellationToken;
        var text = await client.GetStringAsync($"/v1/gateway/generations/{id}", ct);
        var body = JsonNode.Parse(text)!;
        var keys = JsonNode.Parse(await client.GetStringAsync("/v1/gateway/receipt-keys", ct))!;
        var signed = Verified((string)body["jws"]!, keys);
        Assert.Equal(body["receipt"]!.ToJsonString(), JsonNode.Parse(signed)!.ToJsonString());
        return body["receipt"]!;
    }

    // RFC 7515 with ES256, with nothing but the public key.
    private static byte[] Verified(string jws, JsonNode keys)
    {
        var parts = jws.Split('.');
        Assert.Equal(3, parts.Length);
        var header = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!;
        Assert.Equal("ES256", (string?)header["alg"]);
        var key = keys["keys"]!
            .AsArray()
            .Single(k => (string?)k!["kid"] == (string?)header["kid"])!;
        using var verifier = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint
                {
                    X = Base64Url.DecodeFromChars((string)key["x"]!),
                    Y = Base64Url.DecodeFromChars((string)key["y"]!),
                },
            }
        );
        Assert.True(
            verifier.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            )
        );
        return Base64Url.DecodeFromChars(parts[1]);
    }

    private static void TokensEqual(Used used, JsonNode tokens)
    {
        long Of(string name) => (long?)tokens[name] ?? 0;
        Assert.Equal(
            used with
            {
                Tier = null,
            },
            new Used
            {
                Input = Of("input"),
                CacheRead = Of("cache_read"),
                CacheWrite = Of("cache_write"),
                CacheWrite5m = Of("cache_write_5m"),
                CacheWrite1h = Of("cache_write_1h"),
                Audio = Of("audio_input"),
                Image = Of("image_input"),
                Output = Of("output"),
                Reasoning = Of("reasoning"),
                ImageOutput = Of("image_output"),
                Searches = Of("web_searches"),
            }
        );
        Assert.Equal(used.Tier, (string?)tokens["service_tier"]);
    }

    public static BigInteger Amount(JsonNode receipt, string name) =>
        BigInteger.Parse((string)receipt[name]!, CultureInfo.InvariantCulture);

    // As clients read it: a plain decimal of a JSON number, no digit lost.
    private static BigInteger Nano(JsonNode? usd)
    {
        var nano =
            decimal.Parse(
                usd!.ToJsonString(),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture
            ) * NanoPerUsd;
        Assert.Equal(decimal.Truncate(nano), nano);
        return new BigInteger(nano);
    }
}
