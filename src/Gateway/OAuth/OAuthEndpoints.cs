using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>The addresses that programs call. Those for people (<c>/oauth/authorize</c>,
/// <c>/connect</c>) are pages.</summary>
public static class OAuthEndpoints
{
    public static void MapOAuth(this WebApplication app)
    {
        var services = app.Services;
        OAuthErrors.SpeakUnder(
            services.GetRequiredService<ErrorDialects>(),
            "/oauth",
            "/oauth/authorize/info",
            "/.well-known",
            "/security"
        );
        app.UseMiddleware<KeyInAddress>();

        var discovery = services.GetRequiredService<Discovery>();
        app.MapGet("/.well-known/openid-configuration", discovery.AnswerAsync);
        app.MapGet("/.well-known/oauth-authorization-server", discovery.AnswerAsync);
        var keys = services.GetRequiredService<SigningKeys>();
        app.MapGet("/oauth/jwks", OAuthAnswers.Guarded(http => WriteKeysAsync(http, keys)));
        var info = services.GetRequiredService<AuthorizeInfo>();
        app.MapGet("/oauth/authorize/info", OAuthAnswers.Guarded(info.AnswerAsync));

        var token = services.GetRequiredService<TokenEndpoint>();
        app.MapPost("/oauth/token", OAuthAnswers.OfForm(token.AnswerAsync));
        var device = services.GetRequiredService<DeviceEndpoint>();
        app.MapPost("/oauth/device/code", OAuthAnswers.OfForm(device.AnswerAsync));
        var state = services.GetRequiredService<TokenState>();
        app.MapPost("/oauth/revoke", OAuthAnswers.OfForm(state.RevokeAsync));
        app.MapPost("/oauth/introspect", OAuthAnswers.OfForm(state.IntrospectAsync));
        app.MapMethods(
            "/oauth/userinfo",
            [HttpMethods.Get, HttpMethods.Post],
            OAuthAnswers.Guarded(state.UserInfoAsync)
        );
        var leaks = services.GetRequiredService<LeakReports>();
        app.MapPost("/security/leaked-keys", OAuthAnswers.Guarded(leaks.AnswerAsync));
        app.MapGroup("/admin")
            .AddEndpointFilter<OperatorOnly>()
            .MapPost("/leaked-keys", ReportByHandAsync);
    }

    // For an operator who found keys without a scanner: the same act, and as many answers.
    private static async Task<IResult> ReportByHandAsync(HttpContext http, LeakedKeys leaked)
    {
        var read = await DeveloperEndpoints.ReadAsync(http, LeakJson.Default.LeakList);
        if (read.Denied(out var denial, out var list))
        {
            await Errors.WriteForPathAsync(http, denial);
            return Results.Empty;
        }

        var known = 0;
        foreach (var token in list.Tokens)
        {
            known += await leaked.ReportAsync(token, list.Where, CancellationToken.None) ? 1 : 0;
        }

        return TypedResults.Json(new LeakCount(known), LeakJson.Default.LeakCount);
    }

    private static async Task<OAuthError?> WriteKeysAsync(HttpContext http, SigningKeys keys)
    {
        var published = await keys.PublishedAsync();
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys"u8);
            foreach (var key in published)
            {
                json.WriteStartObject();
                json.WriteString("kty"u8, "RSA"u8);
                json.WriteString("use"u8, "sig"u8);
                json.WriteString("alg"u8, "RS256"u8);
                json.WriteString("kid"u8, key.Kid);
                json.WriteString("n"u8, key.N);
                json.WriteString("e"u8, key.E);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await OAuthAnswers.WritePublicAsync(http, body.WrittenMemory, SigningKeys.CachedFor);
        return null;
    }
}

/// <summary><c>POST /oauth/device/code</c> (RFC 8628 §3.1).</summary>
internal sealed class DeviceEndpoint(
    ClientAuthentication clients,
    DeviceRequests requests,
    EdgeOptions edge
)
{
    public async Task<OAuthError?> AnswerAsync(HttpContext http, StrictForm form)
    {
        if (form["client_id"] is null && http.Request.Headers.Authorization.Count == 0)
        {
            return OAuthError.InvalidRequest("The client_id is missing.");
        }

        var known = await clients.AuthenticateAsync(http, form, http.RequestAborted);
        if (known.Client is not { } client)
        {
            return known.Error;
        }

        // A pending app is its owner's to try (ruling 18). Who that is, only the page knows: there
        // its code is valid for them alone.
        if (
            client.State is not (AppState.Approved or AppState.Pending)
            || client.ClosedBecause is not null
        )
        {
            return ClientErrors.NotAvailable;
        }

        if (!client.DeviceCodes)
        {
            return ClientErrors.NoDeviceCodes;
        }

        if (ScopeTexts.Asked(form["scope"], client).Denied(out var denial, out var scopes))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_scope",
                ((Denial.InvalidRequest)denial).Message
            );
        }

        var (started, error) = await requests.StartAsync(
            client,
            scopes,
            RequesterAddress.Of(http),
            ClientCountry.Of(http)
        );
        if (started is null)
        {
            return error;
        }

        await WriteAsync(http, started);
        return null;
    }

    private async Task WriteAsync(HttpContext http, StartedDevice started)
    {
        var page = edge.PublicUrl + "/connect";
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("device_code"u8, started.DeviceCode);
            json.WriteString("user_code"u8, started.UserCode);
            json.WriteString("verification_uri"u8, page);
            json.WriteString(
                "verification_uri_complete"u8,
                page + "?user_code=" + started.UserCode
            );
            json.WriteNumber("expires_in"u8, (int)DeviceRequests.LivesFor.TotalSeconds);
            json.WriteNumber("interval"u8, DeviceRequests.IntervalSeconds);
            json.WriteEndObject();
        }

        await OAuthAnswers.WriteAsync(http, body.WrittenMemory);
    }
}
