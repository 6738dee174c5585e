using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Keys;

namespace Arda.Gateway.OAuth;

/// <summary><c>POST /oauth/token</c>: a code of either kind for a key.</summary>
internal sealed class TokenEndpoint(
    ClientAuthentication clients,
    AuthorizationCodes codes,
    DevicePolls devices,
    WebOrigins origins,
    Projects projects,
    IdTokens idTokens
)
{
    public const string CodeGrant = "authorization_code";
    public const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    private const int VerifierCharsMax = 128;

    public async Task<OAuthError?> AnswerAsync(HttpContext http, StrictForm form)
    {
        var ct = http.RequestAborted;
        if (form["grant_type"] is not { } grantType)
        {
            return OAuthError.InvalidRequest("The grant_type is missing.");
        }

        var known = await clients.AuthenticateAsync(http, form, ct);
        if (known.Client is not { } client)
        {
            return known.Error;
        }

        if (grantType is not (CodeGrant or DeviceGrant))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "unsupported_grant_type",
                "The grant types here are authorization_code and device_code."
            );
        }

        if (!await MayAskFromAsync(client, http.Request))
        {
            return OAuthError.InvalidRequest("This web origin is not approved for the app.");
        }

        var redeemed =
            grantType == CodeGrant
                ? await RedeemCodeAsync(client, form, ct)
                : await RedeemDeviceCodeAsync(client, form, ct);
        if (redeemed.Error is { } error)
        {
            return error;
        }

        await WriteAsync(http, client, redeemed.Key!, redeemed.Grant!);
        return null;
    }

    // A token call of a public app needs no preflight, so this is what keeps a foreign page from
    // burning a code; it comes before anything is consumed.
    private async ValueTask<bool> MayAskFromAsync(App client, HttpRequest request) =>
        client.IsConfidential
        || client.Kind is AppKind.Native or AppKind.Device
        || request.Headers.Origin is not [{ Length: > 0 } origin]
        || await origins.IsApprovedAsync(origin, client.Id);

    private async Task<Redeemed> RedeemCodeAsync(
        App client,
        StrictForm form,
        CancellationToken ct
    ) =>
        form["code"] is not { } code ? Missing("code")
        : form["redirect_uri"] is not { } redirectUri ? Missing("redirect_uri")
        : form["code_verifier"] is not { } verifier ? Missing("code_verifier")
        : verifier.Length > VerifierCharsMax
            ? new Redeemed(OAuthError.InvalidRequest("The code_verifier is too long."))
        : await codes.RedeemAsync(new CodeRedemption(client, code, redirectUri, verifier), ct);

    private async Task<Redeemed> RedeemDeviceCodeAsync(
        App client,
        StrictForm form,
        CancellationToken ct
    ) =>
        !client.DeviceCodes ? new Redeemed(ClientErrors.NoDeviceCodes)
        : form["device_code"] is not { } code ? Missing("device_code")
        : await devices.RedeemAsync(client, code, ct);

    private static Redeemed Missing(string name) =>
        new(OAuthError.InvalidRequest($"The parameter {name} is missing."));

    private async Task WriteAsync(
        HttpContext http,
        App client,
        MintedKey minted,
        RedeemableGrant grant
    )
    {
        var project = await projects.FindAsync(grant.Project, CancellationToken.None);
        var idToken = minted.Key.Scopes.Contains(Scopes.OpenId)
            ? await idTokens.IssueAsync(client, grant)
            : null;
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("access_token"u8, minted.Secret);
            json.WriteString("token_type"u8, "Bearer"u8);
            json.WriteString("scope"u8, Scopes.Text(minted.Key.Scopes));
            if (minted.Key.ExpiresAt is { } expires)
            {
                json.WriteNumber(
                    "expires_in"u8,
                    (long)(expires - minted.Key.CreatedAt).TotalSeconds
                );
            }

            if (idToken is not null)
            {
                json.WriteString("id_token"u8, idToken);
            }

            json.WriteString("key_id"u8, minted.Key.Id.Value);
            json.WriteStartObject("project"u8);
            json.WriteString("id"u8, grant.Project.Value);
            json.WriteString("slug"u8, project!.Slug);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        await OAuthAnswers.WriteAsync(http, body.WrittenMemory);
    }
}
