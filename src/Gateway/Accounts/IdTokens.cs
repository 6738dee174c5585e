using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Accounts;

/// <summary>What an ID token must say to be about this sign-in.</summary>
internal sealed record ExpectedToken(
    string Issuer,
    string ClientId,
    string Nonce,
    DateTimeOffset Now
);

/// <summary>Who somebody is elsewhere.</summary>
internal sealed record ExternalIdentity(
    string Subject,
    string? Email,
    bool IsEmailVerified,
    string? Name
);

/// <summary>Checks an ID token (OpenID Connect Core 3.1.3.7): signature, issuer, audience, time and
/// nonce. Only the two common algorithms of public keys; <c>none</c> and shared keys never.</summary>
internal static class IdTokens
{
    private const int SubjectCharsMax = 255;
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(2);

    /// <summary>The id of the key that signed it; null when it is no token that can be checked.</summary>
    public static string? KeyIdOf(string token) =>
        HeaderOf(token) is { } header ? OpenIdConnection.Text(header, "kid") ?? "" : null;

    /// <summary>Null when anything does not hold.</summary>
    public static ExternalIdentity? Check(string token, JsonElement keys, ExpectedToken expected)
    {
        if (
            HeaderOf(token) is not { } header
            || FindKey(keys, header) is not { } key
            || !IsSigned(token, key, OpenIdConnection.Text(header, "alg"))
            || Part(token, 1) is not { } claims
            || !IsMeant(claims, expected)
            || OpenIdConnection.Text(claims, "sub")
                is not { Length: > 0 and <= SubjectCharsMax } subject
        )
        {
            return null;
        }

        return new ExternalIdentity(
            subject,
            OpenIdConnection.Text(claims, "email"),
            claims.TryGetProperty("email_verified", out var verified)
                && (verified.ValueKind == JsonValueKind.True || verified.ToString() == "true"),
            OpenIdConnection.Text(claims, "name")
        );
    }

    public static bool HasKey(JsonElement keys, string keyId) =>
        All(keys).Any(key => (OpenIdConnection.Text(key, "kid") ?? "") == keyId);

    private static bool IsMeant(JsonElement claims, ExpectedToken expected) =>
        OpenIdConnection.Text(claims, "iss") == expected.Issuer
        && IsFor(claims, expected.ClientId)
        && Number(claims, "exp") is { } until
        && DateTimeOffset.FromUnixTimeSeconds(until) + s_clockSkew > expected.Now
        && Number(claims, "iat") is { } at
        && DateTimeOffset.FromUnixTimeSeconds(at) - s_clockSkew < expected.Now
        && OpenIdConnection.Text(claims, "nonce") is { } nonce
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(nonce),
            Encoding.UTF8.GetBytes(expected.Nonce)
        );

    private static bool IsFor(JsonElement claims, string clientId)
    {
        if (!claims.TryGetProperty("aud", out var audience))
        {
            return false;
        }

        if (audience.ValueKind == JsonValueKind.String)
        {
            return audience.GetString() == clientId;
        }

        // More than one audience: it must have been issued to us.
        return audience.ValueKind == JsonValueKind.Array
            && audience.EnumerateArray().Any(one => one.ToString() == clientId)
            && (audience.GetArrayLength() == 1 || OpenIdConnection.Text(claims, "azp") == clientId);
    }

    private static bool IsSigned(string token, JsonElement key, string? algorithm)
    {
        var end = token.LastIndexOf('.');
        var signed = Encoding.ASCII.GetBytes(token[..end]);
        try
        {
            var signature = Base64Url.DecodeFromChars(token.AsSpan(end + 1));
            return (algorithm, OpenIdConnection.Text(key, "kty")) switch
            {
                ("RS256", "RSA") => VerifyRsa(key, signed, signature),
                ("ES256", "EC") => VerifyEc(key, signed, signature),
                _ => false,
            };
        }
        catch (Exception failure) when (failure is FormatException or CryptographicException)
        {
            return false;
        }
    }

    private static bool VerifyRsa(JsonElement key, byte[] signed, byte[] signature)
    {
        using var rsa = RSA.Create(
            new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }
        );
        return rsa.VerifyData(
            signed,
            signature,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
    }

    private static bool VerifyEc(JsonElement key, byte[] signed, byte[] signature)
    {
        using var ec = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") },
            }
        );
        return ec.VerifyData(signed, signature, HashAlgorithmName.SHA256);
    }

    private static JsonElement? FindKey(JsonElement keys, JsonElement header)
    {
        var keyId = OpenIdConnection.Text(header, "kid");
        foreach (var key in All(keys))
        {
            var isForSigning = OpenIdConnection.Text(key, "use") is null or "sig";
            if (isForSigning && OpenIdConnection.Text(key, "kid") == keyId)
            {
                return key;
            }
        }

        return null;
    }

    private static IEnumerable<JsonElement> All(JsonElement keys) =>
        keys.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.Object)
            : [];

    private static JsonElement? HeaderOf(string token) =>
        token.Count(c => c == '.') == 2 ? Part(token, 0) : null;

    private static JsonElement? Part(string token, int index)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[index]));
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json.RootElement.Clone()
                : null;
        }
        catch (Exception failure) when (failure is FormatException or JsonException)
        {
            return null;
        }
    }

    private static byte[] Bytes(JsonElement key, string name) =>
        Base64Url.DecodeFromChars(
            OpenIdConnection.Text(key, name) ?? throw new FormatException("The key is not whole.")
        );

    private static long? Number(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
        && number is >= 0 and < 250_000_000_000
            ? number
            : null;
}
