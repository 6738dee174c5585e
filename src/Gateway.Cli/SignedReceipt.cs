using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>
/// Verifies a receipt's signature: a compact JWS (RFC 7515) with ES256, whose payload is the
/// receipt. Nothing of the JWS but its key id is believed before the signature holds, and that
/// only picks a key from the set that the caller trusts.
/// </summary>
internal sealed record SignedReceipt(JsonElement Receipt, string KeyId)
{
    private const int CoordinateBytes = 32;
    private const int SignatureBytes = 64;

    /// <exception cref="CliFailure">It does not hold.</exception>
    public static SignedReceipt Verify(JsonElement answer, JsonElement keys, string id)
    {
        if (answer.Text("jws")?.Split('.') is not [var head, var payload, var signature])
        {
            throw Broken("The answer carries no signature.");
        }

        var header = Parsed(head) ?? throw Broken("The signature's header cannot be read.");
        // The algorithm is ours to choose: a header that asks for another is refused.
        if (header.Text("alg") is not "ES256" || header.Member("crit") is not null)
        {
            throw Broken("The signature is not ES256.");
        }

        var keyId = header.Text("kid") ?? "";
        using var key = KeyNamed(keyId, keys);
        if (
            Decoded(signature) is not { Length: SignatureBytes } bytes
            || !key.VerifyData(
                Encoding.ASCII.GetBytes($"{head}.{payload}"),
                bytes,
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            )
        )
        {
            throw Broken("THE SIGNATURE DOES NOT HOLD: the receipt was changed or forged.");
        }

        var receipt = Parsed(payload) ?? throw Broken("The signed text is not JSON.");
        Match(receipt, answer, id);
        return new SignedReceipt(receipt, keyId);
    }

    private static void Match(JsonElement signed, JsonElement answer, string id)
    {
        if (answer.Member("receipt") is { } shown && !JsonElement.DeepEquals(shown, signed))
        {
            throw Broken("THE RECEIPT IS NOT THE ONE THAT WAS SIGNED.");
        }

        // A genuine receipt of another request proves nothing about this one.
        var own = signed.Text("generation_id") ?? signed.Text("id");
        if (own is not null && own != id)
        {
            throw Broken($"The signed receipt is that of {own}.");
        }
    }

    private static ECDsa KeyNamed(string keyId, JsonElement keys)
    {
        if (keys.Member("keys") is { ValueKind: JsonValueKind.Array } list)
        {
            foreach (var key in list.EnumerateArray())
            {
                if (
                    (key.Text("kid") ?? "") == keyId
                    && key.Text("kty") is "EC"
                    && key.Text("crv") is "P-256"
                    && Coordinate(key, "x") is { } x
                    && Coordinate(key, "y") is { } y
                )
                {
                    return Imported(x, y);
                }
            }
        }

        throw Broken($"The key set has no P-256 key '{keyId}'.");
    }

    private static ECDsa Imported(byte[] x, byte[] y)
    {
        try
        {
            return ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = x, Y = y },
                }
            );
        }
        catch (CryptographicException)
        {
            throw Broken("The key set's key is no point of P-256.");
        }
    }

    private static byte[]? Coordinate(JsonElement key, string name) =>
        key.Text(name) is { } text && Decoded(text) is { Length: CoordinateBytes } bytes
            ? bytes
            : null;

    private static JsonElement? Parsed(string base64Url)
    {
        if (Decoded(base64Url) is not { } bytes)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(bytes);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Decoded(string base64Url)
    {
        try
        {
            return Base64Url.DecodeFromChars(base64Url);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static CliFailure Broken(string why) => new(ExitCode.CheckFailed, why);
}
