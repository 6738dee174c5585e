using System.Buffers;
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
        var claims = Claims(app, grant, subject);
        var signer = await keys.SignerAsync();
        var header = $$"""{"alg":"RS256","typ":"JWT","kid":"{{signer.Kid}}"}""";
        return SignedToken.Write(Encoding.ASCII.GetBytes(header), claims, signer.Sign);
    }

    /// <summary>Whom a hint names. It may have expired, and must be ours for this app; null
    /// otherwise.</summary>
    public async Task<UserId?> OwnerOfHintAsync(string hint, App app)
    {
        if (
            hint.Length > HintCharsMax
            || SignedToken.Read(hint) is not { } token
            || SignedToken.TextOf(token.Header, "kid") is not { } kid
        )
        {
            return null;
        }

        var published = await keys.PublishedAsync();
        var isOurs =
            published.FirstOrDefault(key => key.Kid == kid) is { } signer
            && token.IsSignedByRsa(signer.Modulus, signer.Exponent)
            && SignedToken.TextOf(token.Claims, "iss") == edge.PublicUrl
            && SignedToken.TextOf(token.Claims, "aud") == app.Id.Value;
        return isOurs && SignedToken.TextOf(token.Claims, "sub") is { } subject
            ? await subjects.OwnerOfAsync(app.Owner, subject)
            : null;
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
}
