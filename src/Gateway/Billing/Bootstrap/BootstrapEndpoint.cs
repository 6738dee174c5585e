using System.Text.Json;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Billing.Status;
using Arda.Gateway.Keys;

namespace Arda.Gateway.Billing.Bootstrap;

/// <summary>All that an app asks before it begins, in one round trip. Needs no scope: what is missing
/// is part of the answer.</summary>
internal sealed class BootstrapEndpoint(
    GatewayCall call,
    PortalSessions portal,
    ProjectStatuses statuses,
    StatusJson statusJson,
    PricedModels models,
    BillingDecisions decisions,
    TimeProvider time
)
{
    public void Map(IEndpointRouteBuilder app) => app.MapPost("/v1/gateway/bootstrap", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var ct = http.RequestAborted;
        var admitted = await call.AdmitAsync(http, scope: null);
        if (admitted.Denied(out var denial, out var caller))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var read = await GatewayCall.ReadAsync(http);
        if (
            read.Denied(out denial, out var fields)
            || BootstrapRequest.Read(fields).Denied(out denial, out var request)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        if (caller.App is null)
        {
            // A user's own key has no app to return to.
            request = request with
            {
                ReturnUrl = null,
            };
        }

        // Said now and not by the portal session that would be made with it.
        if (await portal.WrongReturnAsync(caller, request.ReturnUrl, ct) is { } elsewhere)
        {
            await GatewayCall.RefuseAsync(http, elsewhere);
            return;
        }

        var status = await statuses.ReadAsync(caller, ct);
        var catalog = caller.Lacks(Scopes.ModelsRead) is null
            ? await models.ReadAsync(caller, request.Models, ct)
            : null;
        var decision = decisions.Decide(status, request);
        await GatewayCall.AnswerAsync(
            http,
            json => Write(json, status, catalog, decision, request)
        );
    }

    private void Write(
        Utf8JsonWriter json,
        ProjectStatus status,
        PricedCatalog? catalog,
        BillingDecision decision,
        BootstrapRequest request
    )
    {
        json.WriteStartObject();
        WriteDecision(json, decision);
        WriteInstruction(json, decision, request);
        json.WritePropertyName("status");
        statusJson.Write(json, status);
        json.WritePropertyName("catalog");
        if (catalog is null)
        {
            CatalogJson.WriteNothing(json);
        }
        else
        {
            CatalogJson.Write(json, catalog, time.GetUtcNow());
        }

        WriteOptions(json, catalog);
        json.WriteEndObject();
    }

    private static void WriteDecision(Utf8JsonWriter json, BillingDecision decision)
    {
        json.WriteStartObject("billing");
        json.WriteBoolean("ready", decision.IsReady);
        json.WriteString("action", decision.Action);
        json.WriteString("reason", decision.Reason);
        json.WriteTexts("missing_scopes", decision.MissingScopes);
        json.WriteNumber("shortfall_cents", decision.ShortfallCents ?? 0);
        json.WriteEndObject();
    }

    private static void WriteInstruction(
        Utf8JsonWriter json,
        BillingDecision decision,
        BootstrapRequest request
    )
    {
        json.WriteStartObject("recovery_instruction");
        json.WriteString("action", decision.Action);
        json.WriteString("reason", decision.Reason);
        json.WriteString("message", decision.Message);
        json.WriteTexts("missing_scopes", decision.MissingScopes);
        json.WriteOptional("retry_after_seconds", decision.RetryAfterSeconds);
        if (decision.Purpose is not { } purpose)
        {
            json.WriteNull("portal_options");
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject("portal_options");
        json.WriteString("purpose", purpose);
        json.WriteString("return_url", request.ReturnUrl);
        json.WriteOptional(
            "suggested_topup_cents",
            request.SuggestedTopupCents ?? decision.SuggestedTopupCents
        );
        if (request.SuggestedAutoReloadEnabled is { } wish)
        {
            json.WriteBoolean("suggested_auto_reload_enabled", wish);
        }
        else
        {
            json.WriteNull("suggested_auto_reload_enabled");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter json, PricedCatalog? catalog)
    {
        json.WriteStartArray("model_options");
        if (catalog is not null)
        {
            IEnumerable<PricedModel> auto = catalog.Auto is { } one ? [one] : [];
            foreach (var option in auto.Concat(catalog.Models))
            {
                CatalogJson.WriteOption(json, option, catalog);
            }
        }

        json.WriteEndArray();
        CatalogJson.WriteAutoRoute(json, catalog);
        WriteOption(json, "auto_route_option", catalog?.Auto, catalog);
        WriteOption(json, "default_model_option", catalog?.Default, catalog);
    }

    private static void WriteOption(
        Utf8JsonWriter json,
        string name,
        PricedModel? option,
        PricedCatalog? catalog
    )
    {
        if (option is null || catalog is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WritePropertyName(name);
        CatalogJson.WriteOption(json, option, catalog);
    }
}
