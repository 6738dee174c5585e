using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.OAuth;

/// <summary>What clients do with a key they hold: end it (RFC 7009), ask whether it is good
/// (RFC 7662), ask who it belongs to (OIDC Core §5.3).</summary>
internal sealed class TokenState(
    ClientAuthentication clients,
    ApiKeys keys,
    Apps apps,
    People people,
    Subjects subjects
)
{
    private static readonly ReadOnlyMemory<byte> s_inactive = "{\"active\":false}"u8.ToArray();

    /// <summary>200 also for what is no key of this client: it is gone either way. The hint changes
    /// nothing, there is one kind of token.</summary>
    public async Task<OAuthError?> RevokeAsync(HttpContext http, StrictForm form)
    {
        if (form["token"] is not { } token)
        {
            return OAuthError.InvalidRequest("The token is missing.");
        }

        var known = await clients.AuthenticateAsync(http, form, http.RequestAborted);
        if (known.Client is not { } client)
        {
            return known.Error;
        }

        if (
            await keys.FindBySecretAsync(token, http.RequestAborted) is { } key
            && key.App == client.Id
        )
        {
            await keys.RevokeAsync(key.Id, RevokeReason.Holder, CancellationToken.None);
        }

        OAuthAnswers.NoStore(http);
        http.Response.ContentLength = 0;
        return null;
    }

    /// <summary>For confidential apps, about their own keys. Everything else is inactive.</summary>
    public async Task<OAuthError?> IntrospectAsync(HttpContext http, StrictForm form)
    {
        var known = await clients.AuthenticateAsync(http, form, http.RequestAborted);
        if (known.Client is not { IsConfidential: true } client)
        {
            return known.Error ?? ClientErrors.InvalidClient(usedHeader: false);
        }

        if (form["token"] is not { } token)
        {
            return OAuthError.InvalidRequest("The token is missing.");
        }

        var isGood =
            await keys.FindBySecretAsync(token, http.RequestAborted) is { } key
            && key.App == client.Id;
        var found = isGood
            ? await keys.AuthenticateAsync(token.AsMemory(), default, http.RequestAborted)
            : new Denial.InvalidKey("");
        var body = new ArrayBufferWriter<byte>(256);
        if (found.Denied(out var denial, out var caller))
        {
            if (denial is Denial.LedgerUnavailable)
            {
                return OAuthError.Unavailable;
            }

            await OAuthAnswers.WriteAsync(http, s_inactive);
            return null;
        }

        var about = (await keys.FindAsync(caller.Key, http.RequestAborted))!;
        var subject = await subjects.OfAsync(client.Owner, caller.Owner);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteBoolean("active"u8, true);
            json.WriteString("scope"u8, Scopes.Text(caller.Scopes));
            json.WriteString("client_id"u8, client.Id.Value);
            json.WriteString("token_type"u8, "Bearer"u8);
            json.WriteString("sub"u8, subject);
            json.WriteNumber("iat"u8, about.CreatedAt.ToUnixTimeSeconds());
            if (about.ExpiresAt is { } expires)
            {
                json.WriteNumber("exp"u8, expires.ToUnixTimeSeconds());
            }

            json.WriteEndObject();
        }

        await OAuthAnswers.WriteAsync(http, body.WrittenMemory);
        return null;
    }

    /// <summary>The key is sent as in RFC 6750, and errors come as there.</summary>
    public async Task<OAuthError?> UserInfoAsync(HttpContext http)
    {
        var presented = PresentedKey.Of(http.Request);
        var found = await keys.AuthenticateAsync(presented.Bearer, default, http.RequestAborted);
        if (found.Denied(out var denial, out var caller))
        {
            return denial is Denial.LedgerUnavailable
                ? OAuthError.Unavailable
                : InvalidToken(isAbsent: presented.Bearer.IsEmpty);
        }

        RequestFacts.Of(http).App = caller.App;
        if (caller.Lacks(Scopes.OpenId) is not null)
        {
            return new OAuthError(
                StatusCodes.Status403Forbidden,
                "insufficient_scope",
                "This key has no openid scope."
            )
            {
                Challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"",
            };
        }

        var ct = http.RequestAborted;
        var person = await people.FindAsync(caller.Owner, ct);
        // A key that a person made for themselves has no developer but themselves.
        var developer = caller.App is { } id ? (await apps.FindAsync(id, ct))?.Owner : caller.Owner;
        if (person is null || developer is null)
        {
            return InvalidToken(isAbsent: false);
        }

        await WriteAsync(
            http,
            caller,
            person,
            await subjects.OfAsync(developer.Value, caller.Owner)
        );
        return null;
    }

    private static async Task WriteAsync(
        HttpContext http,
        Caller caller,
        Person person,
        string subject
    )
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("sub"u8, subject);
            if (caller.Lacks(Scopes.Profile) is null && person.Name is { Length: > 0 } name)
            {
                json.WriteString("name"u8, name);
            }

            if (caller.Lacks(Scopes.Email) is null)
            {
                json.WriteString("email"u8, person.Email);
                // An account begins, and changes its address, by a code sent there.
                json.WriteBoolean("email_verified"u8, true);
            }

            json.WriteEndObject();
        }

        await OAuthAnswers.WriteAsync(http, body.WrittenMemory);
    }

    private static OAuthError InvalidToken(bool isAbsent) =>
        new(
            StatusCodes.Status401Unauthorized,
            "invalid_token",
            "Send a key that is good as Authorization: Bearer."
        )
        {
            // RFC 6750 §3.1: who sent nothing is told nothing but to bring some.
            Challenge = isAbsent ? "Bearer" : "Bearer error=\"invalid_token\"",
        };
}
