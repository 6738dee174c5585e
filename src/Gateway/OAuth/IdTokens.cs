using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>
/// ID tokens (OIDC Core §2), signed with RS256 because discovery obliges every client to know it.
/// They say who signed in and open nothing.
/// </summary>
internal sealed class IdTokens(
    SigningKeys keys,
    Subjects subjects,
    TimeProvider time,
    EdgeOptions edge
)
{
    private static readonly TimeSpan s_livesFor = TimeSpan.FromHours(1);

    private const int HintCharsMax = 8_000;

    public async Task<string> IssueAsync(App app, RedeemableGrant grant)
    {
        var subject = await subjects.OfAsync(app.Owner, grant.Owner);
        var payload = Base64Url.EncodeToString(Claims(app, grant, subject));
        var input = "";
        var (_, signature) = await keys.SignAsync(kid =>
        {
            var header = $$"""{"alg":"RS256","typ":"JWT","kid":"{{kid}}"}""";
            input = Base64Url.EncodeToString(Encoding.ASCII.GetBytes(header)) + "." + payload;
            return Encoding.ASCII.GetBytes(input);
        });
        return input + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>Whom a hint names. It may have expired, and must be ours for this app; null
    /// otherwise.</summary>
    public async Task<UserId?> OwnerOfHintAsync(string hint, App app)
    {
        if (
            hint.Length > HintCharsMax
            || hint.Split('.') is not [var header, var payload, var seal]
        )
        {
            return null;
        }

        try
        {
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
            if (
                TextOf(head.RootElement, "alg") != "RS256"
                || TextOf(head.RootElement, "kid") is not { } kid
            )
            {
                return null;
            }

            var published = await keys.PublishedAsync();
            if (published.FirstOrDefault(key => key.Kid == kid) is not { } signer)
            {
                return null;
            }

            using var rsa = signer.ToRsa();
            var isOurs = rsa.VerifyData(
                Encoding.ASCII.GetBytes(header + "." + payload),
                Base64Url.DecodeFromChars(seal),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            );
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return
                isOurs
                && TextOf(claims.RootElement, "iss") == edge.PublicUrl
                && TextOf(claims.RootElement, "aud") == app.Id.Value
                && TextOf(claims.RootElement, "sub") is { } subject
                ? await subjects.OwnerOfAsync(app.Owner, subject)
                : null;
        }
        catch (Exception mistake) when (mistake is JsonException or FormatException)
        {
            return null;
        }
    }

    private byte[] Claims(App app, RedeemableGrant grant, string subject)
    {
        var now = time.GetUtcNow();
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("iss"u8, edge.PublicUrl);
            json.WriteString("sub"u8, subject);
            json.WriteString("aud"u8, app.Id.Value);
            json.WriteNumber("exp"u8, (now + s_livesFor).ToUnixTimeSeconds());
            json.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            json.WriteNumber("auth_time"u8, grant.AuthenticatedAt.ToUnixTimeSeconds());
            // Only if it was sent: one that nobody asked for is an error to clients.
            if (grant.Nonce is { } nonce)
            {
                json.WriteString("nonce"u8, nonce);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string? TextOf(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
