using System.Text;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>What clients hear when they are not who they say, or may not do what they ask.</summary>
internal static class ClientErrors
{
    private const string BasicChallenge = "Basic realm=\"Arda Gateway\", charset=\"UTF-8\"";

    public static readonly OAuthError NotAvailable = new(
        StatusCodes.Status400BadRequest,
        "unauthorized_client",
        "This app is not approved, or it was stopped."
    );

    public static readonly OAuthError NoDeviceCodes = new(
        StatusCodes.Status400BadRequest,
        "unauthorized_client",
        "This app is not registered for device codes; its developer can turn them on."
    );

    /// <summary>The challenge only for who used the header: its presence hides the error from
    /// clients that did not.</summary>
    public static OAuthError InvalidClient(bool usedHeader) =>
        new(
            StatusCodes.Status401Unauthorized,
            "invalid_client",
            "The client is not known, or did not authenticate as it is registered."
        )
        {
            Challenge = usedHeader ? BasicChallenge : null,
        };
}

/// <summary>A client that has proved who it is, or why not.</summary>
internal readonly record struct ClientOutcome(App? Client, OAuthError? Error);

/// <summary>
/// Who calls: a public app by its <c>client_id</c> alone, a confidential one by a secret in the
/// form or in the Authorization header, never in both.
/// </summary>
internal sealed class ClientAuthentication(Apps apps, AppSecrets secrets)
{
    private const string Basic = "Basic ";
    private const int CredentialCharsMax = 1_000;

    private static readonly AppId s_nobody = new("");

    private static readonly OAuthError s_malformed = OAuthError.InvalidRequest(
        "The Authorization header is malformed: Basic, then base64 of client_id:client_secret, "
            + "both form-encoded."
    );

    private static readonly OAuthError s_two = OAuthError.InvalidRequest(
        "Send the client's secret in one place: in the form or in the Authorization header."
    );

    public async Task<ClientOutcome> AuthenticateAsync(
        HttpContext http,
        StrictForm form,
        CancellationToken ct
    )
    {
        var header = http.Request.Headers.Authorization;
        var usedHeader = header.Count > 0;
        if (form["client_assertion"] is not null || form["client_assertion_type"] is not null)
        {
            return Refused(usedHeader);
        }

        var (id, secret) = (form["client_id"], form["client_secret"]);
        if (usedHeader)
        {
            if (
                header is not [{ } value]
                || !value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            )
            {
                return Refused(usedHeader);
            }

            if (Decode(value[Basic.Length..].Trim()) is not var (basicId, basicSecret))
            {
                return new(null, s_malformed);
            }

            if (secret is not null)
            {
                return new(null, s_two);
            }

            if (id is not null && id != basicId)
            {
                return new(null, OAuthError.InvalidRequest("The two client ids differ."));
            }

            (id, secret) = (basicId, basicSecret);
        }

        if (id is null)
        {
            return Refused(usedHeader);
        }

        var app = await apps.FindAsync(new AppId(id), ct);
        // Asked for unknown and public apps too, so that all refusals take the same time.
        var isSecretRight =
            secret is { Length: <= CredentialCharsMax }
            && await secrets.VerifyAsync(app?.Id ?? s_nobody, secret, ct);
        var isRight = app is not null && (app.IsConfidential ? isSecretRight : secret is null);
        if (!isRight)
        {
            return Refused(usedHeader);
        }

        // From here on the answer is readable for this app's origins only.
        RequestFacts.Of(http).App = app!.Id;
        return new(app, null);
    }

    private static ClientOutcome Refused(bool usedHeader) =>
        new(null, ClientErrors.InvalidClient(usedHeader));

    // Both halves are form-encoded before they are joined (RFC 6749 §2.3.1); our ids hold '_',
    // which some clients escape.
    private static (string Id, string Secret)? Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        if (
            base64.Length > 4 * CredentialCharsMax
            || !Convert.TryFromBase64String(base64, bytes, out var length)
            || Array.Exists(bytes[..length], b => b is < 0x20 or > 0x7e)
        )
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return
            colon > 0
            && text.IndexOf(':', colon + 1) < 0
            && StrictForm.TryDecode(text.AsSpan(0, colon), out var id)
            && StrictForm.TryDecode(text.AsSpan(colon + 1), out var secret)
            ? (id, secret)
            : null;
    }
}
