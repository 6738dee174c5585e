using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary><c>GET /oauth/authorize/info</c>: what an app may show before it sends its user here.
/// Public, so it says nothing that the consent page does not say.</summary>
internal sealed class AuthorizeInfo(Apps apps, AddressLimits limits)
{
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(1);

    public async Task<OAuthError?> AnswerAsync(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowOrigin = "*";
        if (limits.Take(http, "info") is { } wait)
        {
            return OAuthError.Busy(wait, "Too many questions from this address; wait a moment.");
        }

        if (
            StrictForm.OfQuery(http.Request).Denied(out _, out var asked)
            || asked.Repeated is not null
        )
        {
            return OAuthError.InvalidRequest("The parameters are malformed or sent twice.");
        }

        if (
            asked["client_id"] is not { } id
            || await apps.FindAsync(new AppId(id), http.RequestAborted) is not { } app
        )
        {
            return new OAuthError(
                StatusCodes.Status404NotFound,
                "invalid_client",
                "There is no app with that client_id."
            );
        }

        if (asked["redirect_uri"] is not { } uri || !RedirectUriMatch.IsRegistered(app, uri))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_redirect_uri",
                "The redirect_uri is not one that the app has registered, character for character."
            );
        }

        if (app.State != AppState.Approved || app.ClosedBecause is not null)
        {
            await WriteNotApprovedAsync(http, app);
            return null;
        }

        if (ScopeTexts.Asked(asked["scope"], app).Denied(out var denial, out var scopes))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_scope",
                ((Denial.InvalidRequest)denial).Message
            );
        }

        await WriteAsync(http, ConsentViews.Of(app, scopes, previous: null, uri));
        return null;
    }

    // The status goes along, so that an app can tell "not yet" from "no more" (ruling 18).
    private static async Task WriteNotApprovedAsync(HttpContext http, App app)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, "app_not_approved"u8);
            json.WriteString(
                "error_description"u8,
                "The app is not approved, so nobody but its owner can connect it."u8
            );
            json.WriteString(
                "status"u8,
                App.Wire(app.ClosedBecause is null ? app.State : AppState.Suspended)
            );
            json.WriteEndObject();
        }

        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        await OAuthAnswers.WriteAsync(http, body.WrittenMemory);
    }

    private static async Task WriteAsync(HttpContext http, ConsentView view)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("client_id"u8, view.App.Id.Value);
            json.WriteString("name"u8, view.App.Name);
            Optional(json, "description", view.App.Description);
            Optional(json, "website_url", view.App.WebsiteUrl);
            json.WriteStartObject("publisher"u8);
            json.WriteString("name"u8, view.App.Publisher);
            Optional(json, "verified_domain", view.App.VerifiedDomain);
            json.WriteEndObject();
            json.WriteString("status"u8, "approved"u8);
            json.WriteBoolean("redirect_uri_valid"u8, true);
            json.WriteStartArray("scopes"u8);
            foreach (var scope in view.Scopes)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, scope.Name);
                json.WriteString("title"u8, scope.Title);
                json.WriteString("description"u8, scope.Description);
                json.WriteBoolean("required"u8, scope.Required);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("reseller"u8);
            json.WriteBoolean("enabled"u8, view.Markup.Bps > 0);
            json.WriteNumber("markup_bps"u8, view.Markup.Bps);
            json.WriteString("disclosure"u8, view.Markup.Disclosure);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        await OAuthAnswers.WritePublicAsync(http, body.WrittenMemory, s_maxAge);
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
