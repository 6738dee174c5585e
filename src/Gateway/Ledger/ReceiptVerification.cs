using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Ledger;

/// <summary>Checks a signed receipt against published keys; needs nothing of the gateway.</summary>
public static class ReceiptVerification
{
    /// <param name="receiptJws">JWS compact serialisation.</param>
    /// <param name="jwks">The JWK set that the gateway publishes.</param>
    /// <returns>The receipt's exact JSON; null where the signature does not prove it.</returns>
    public static string? Verify(string receiptJws, string jwks)
    {
        try
        {
            var parts = receiptJws.Split('.');
            if (parts.Length != 3)
            {
                return null;
            }

            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            // The algorithm is ours to say, never the token's.
            if (
                header.RootElement.GetProperty("alg").GetString() != "ES256"
                || header.RootElement.GetProperty("kid").GetString() is not { } kid
            )
            {
                return null;
            }

            using var key = KeyOf(jwks, kid);
            var isProven =
                key?.VerifyData(
                    Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]),
                    Base64Url.DecodeFromChars(parts[2]),
                    HashAlgorithmName.SHA256,
                    DSASignatureFormat.IeeeP1363FixedFieldConcatenation
                ) == true;
            return isProven ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])) : null;
        }
        catch (Exception fault)
            when (fault
                    is FormatException
                        or JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or CryptographicException
            )
        {
            return null;
        }
    }

    private static ECDsa? KeyOf(string jwks, string kid)
    {
        using var set = JsonDocument.Parse(jwks);
        foreach (var jwk in set.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (jwk.GetProperty("kid").GetString() != kid)
            {
                continue;
            }

            return ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new()
                    {
                        X = Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()),
                        Y = Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()),
                    },
                }
            );
        }

        return null;
    }
}
