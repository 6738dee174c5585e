using System.Buffers.Text;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

/// <summary>The token came straight from the token endpoint; what can still be wrong is whose
/// answer it is.</summary>
internal static class IdTokens
{
    public static bool Fits(string jwt, string clientId, string? nonce)
    {
        try
        {
            var parts = jwt.Split('.');
            if (parts.Length != 3)
            {
                return false;
            }

            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return HasAudience(claims.RootElement, clientId)
                && (nonce is null || Is(claims.RootElement, "nonce", nonce));
        }
        catch (Exception wrong)
            when (wrong is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool HasAudience(JsonElement claims, string clientId) =>
        claims.TryGetProperty("aud", out var aud)
        && (
            aud.ValueKind is JsonValueKind.Array
                ? aud.EnumerateArray().Any(one => one.ValueEquals(clientId))
                : aud.ValueEquals(clientId)
        );

    private static bool Is(JsonElement claims, string name, string value) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueEquals(value);
}
