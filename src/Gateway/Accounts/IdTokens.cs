using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;

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
/// nonce.</summary>
internal static class IdTokens
{
    private const int SubjectCharsMax = 255;
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(2);

    /// <summary>The id of the key that signed it; null when it is no token that can be checked.</summary>
    public static string? KeyIdOf(string token) =>
        SignedToken.Read(token) is { } read ? KeyIdOf(read.Header) : null;

    /// <summary>Null when anything does not hold.</summary>
    public static ExternalIdentity? Check(string token, JsonElement keys, ExpectedToken expected)
    {
        if (
            SignedToken.Read(token) is not { } read
            || FindKey(keys, read.Header) is not { } key
            || !read.IsSignedBy(key)
            || !IsMeant(read.Claims, expected)
            || SignedToken.TextOf(read.Claims, "sub")
                is not { Length: > 0 and <= SubjectCharsMax } subject
        )
        {
            return null;
        }

        return new ExternalIdentity(
            subject,
            SignedToken.TextOf(read.Claims, "email"),
            read.Claims.TryGetProperty("email_verified", out var verified)
                && (verified.ValueKind == JsonValueKind.True || verified.ToString() == "true"),
            SignedToken.TextOf(read.Claims, "name")
        );
    }

    public static bool HasKey(JsonElement keys, string keyId) =>
        All(keys).Any(key => KeyIdOf(key) == keyId);

    private static string KeyIdOf(JsonElement json) => SignedToken.TextOf(json, "kid") ?? "";

    private static bool IsMeant(JsonElement claims, ExpectedToken expected) =>
        SignedToken.TextOf(claims, "iss") == expected.Issuer
        && IsFor(claims, expected.ClientId)
        && Number(claims, "exp") is { } until
        && DateTimeOffset.FromUnixTimeSeconds(until) + s_clockSkew > expected.Now
        && Number(claims, "iat") is { } at
        && DateTimeOffset.FromUnixTimeSeconds(at) - s_clockSkew < expected.Now
        && SignedToken.TextOf(claims, "nonce") is { } nonce
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
            && (audience.GetArrayLength() == 1 || SignedToken.TextOf(claims, "azp") == clientId);
    }

    private static JsonElement? FindKey(JsonElement keys, JsonElement header)
    {
        var keyId = SignedToken.TextOf(header, "kid");
        foreach (var key in All(keys))
        {
            var isForSigning = SignedToken.TextOf(key, "use") is null or "sig";
            if (isForSigning && SignedToken.TextOf(key, "kid") == keyId)
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

    private static long? Number(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
        && number is >= 0 and < 250_000_000_000
            ? number
            : null;
}
