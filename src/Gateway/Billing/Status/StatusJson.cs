using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Payments;
using Arda.Gateway.Planning;

namespace Arda.Gateway.Billing.Status;

/// <summary>A project's status on the wire. What needs <c>balance:read</c> is null without it.</summary>
internal sealed class StatusJson(EdgeOptions edge, PlanningOptions planning)
{
    public void Write(Utf8JsonWriter json, ProjectStatus status)
    {
        json.WriteStartObject();
        if (status.Caller.MayReadBalance)
        {
            WriteProject(json, status);
            WriteBalance(json, status);
            WriteCard(json, status);
            WriteAutoReload(json, status);
        }
        else
        {
            json.WriteNull("project");
            json.WriteNull("balance");
            json.WriteNull("saved_payment_method");
            json.WriteNull("auto_reload");
        }

        json.WriteCents("topup_amounts_cents", edge.TopupAmountsCents);
        json.WriteTexts("scopes", status.Caller.Scopes);
        WriteApp(json, status);
        json.WriteStartObject("markup");
        json.WriteNumber("gateway_markup_bps", planning.GatewayMarkupBps);
        json.WriteNumber("reseller_markup_bps", status.Caller.ResellerMarkupBps);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProject(Utf8JsonWriter json, ProjectStatus status)
    {
        json.WriteStartObject("project");
        json.WriteString("id", status.Project.Id.Value);
        json.WriteString("slug", status.Project.Slug);
        json.WriteString("name", status.Project.Name);
        json.WriteBoolean("is_frozen", status.IsFrozen);
        json.WriteEndObject();
    }

    private static void WriteBalance(Utf8JsonWriter json, ProjectStatus status)
    {
        json.WriteStartObject("balance");
        json.WriteNumber("balance_cents", status.Balance.CentsFloor);
        json.WriteString("warning", status.IsLow ? "low" : null);
        json.WriteEndObject();
    }

    // The user agreed to show whether a card is saved, and not which one.
    private static void WriteCard(Utf8JsonWriter json, ProjectStatus status)
    {
        if (status.Card is not { } card)
        {
            json.WriteNull("saved_payment_method");
            return;
        }

        var isOwn = status.Caller.App is null;
        json.WriteStartObject("saved_payment_method");
        json.WriteString("type", "card");
        json.WriteString("brand", isOwn ? card.Brand : null);
        json.WriteString("last4", isOwn ? card.Last4 : null);
        json.WriteBoolean("is_expired", status.IsCardExpired);
        json.WriteEndObject();
    }

    private static void WriteAutoReload(Utf8JsonWriter json, ProjectStatus status)
    {
        var settings = status.AutoReload;
        json.WriteStartObject("auto_reload");
        json.WriteBoolean("enabled", settings?.Enabled == true);
        json.WriteString("state", StateOf(status));
        json.WriteOptional("threshold_cents", settings?.ThresholdCents);
        json.WriteOptional("amount_cents", settings?.AmountCents);
        json.WriteOptional("monthly_cap_cents", settings?.MonthlyCapCents);
        json.WriteEndObject();
    }

    private static string StateOf(ProjectStatus status) =>
        status.Standing switch
        {
            PaymentStanding.ReloadRunning => "reloading",
            PaymentStanding.ActionRequired => "action_required",
            PaymentStanding.Declined => "declined",
            PaymentStanding.CardMissing => "payment_method_missing",
            PaymentStanding.CapReached => "cap_reached",
            _ => status.AutoReload?.Enabled == true ? "on" : "off",
        };

    private static void WriteApp(Utf8JsonWriter json, ProjectStatus status)
    {
        if (status.Caller.App is not { } app)
        {
            json.WriteNull("app");
            return;
        }

        json.WriteStartObject("app");
        json.WriteString("client_id", app.Value);
        json.WriteString("name", status.App?.Name);
        json.WriteNumber("reseller_markup_bps", status.Caller.ResellerMarkupBps);
        json.WriteEndObject();
    }
}
