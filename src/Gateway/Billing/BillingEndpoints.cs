using Arda.Gateway.Billing.Bootstrap;
using Arda.Gateway.Billing.Feedback;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Billing.Quotes;
using Arda.Gateway.Billing.Status;
using Arda.Gateway.Billing.Usage;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Billing;

/// <summary>What apps and users ask about money already spent.</summary>
public static class BillingEndpoints
{
    public static void MapBilling(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        services.GetRequiredService<StatusEndpoint>().Map(app);
        services.GetRequiredService<CatalogEndpoint>().Map(app);
        services.GetRequiredService<BootstrapEndpoint>().Map(app);
        services.GetRequiredService<PortalEndpoints>().Map(app);
        services.GetRequiredService<QuoteEndpoints>().Map(app);
        services.GetRequiredService<UsageEndpoint>().Map(app);
        services.GetRequiredService<FeedbackEndpoint>().Map(app);
        app.MapGet("/v1/gateway/generations/{id}", FindGenerationAsync);
        // Public: whoever holds a receipt can check it, with no key of ours.
        app.MapGet("/v1/gateway/receipt-keys", ListReceiptKeysAsync);
    }

    private static async Task FindGenerationAsync(
        HttpContext http,
        string id,
        GatewayCall call,
        Receipts receipts
    )
    {
        if ((await call.AdmitAsync(http, Scopes.UsageRead)).Denied(out var denial, out var caller))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var receipt = await receipts.FindAsync(new(id), caller.Project, http.RequestAborted);
        if (receipt is null || !IsOwn(caller, receipt))
        {
            var unknown = new Denial.NotFound("generation of yours with that id");
            await GatewayCall.RefuseAsync(http, unknown);
            return;
        }

        await GatewayCall.AnswerAsync(
            http,
            json =>
            {
                json.WriteStartObject();
                json.WritePropertyName("receipt"u8);
                json.WriteRawValue(receipt.ToCanonicalJson());
                json.WriteString("jws"u8, receipts.Sign(receipt));
                json.WriteEndObject();
            }
        );
    }

    // An app sees what was spent through its own connection; a user's own key sees the project.
    private static bool IsOwn(Caller caller, Receipt receipt) =>
        caller.Connection is not { } connection || receipt.Connection == connection;

    private static async Task ListReceiptKeysAsync(HttpContext http, ReceiptKeys keys)
    {
        http.Response.ContentType = "application/jwk-set+json";
        http.Response.Headers.CacheControl = "public, max-age=300";
        await http.Response.WriteAsync(keys.JwkSet, http.RequestAborted);
    }
}
