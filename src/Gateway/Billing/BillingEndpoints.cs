using System.Buffers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing;

/// <summary>What apps and users ask about money already spent.</summary>
public static class BillingEndpoints
{
    public static void MapBilling(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/gateway/status", StatusEndpoint.AnswerAsync);
        app.MapGet("/v1/gateway/generations/{id}", FindGenerationAsync);
        // Public: whoever holds a receipt can check it, with no key of ours.
        app.MapGet("/v1/gateway/receipt-keys", ListReceiptKeysAsync);
    }

    private static async Task FindGenerationAsync(
        HttpContext http,
        string id,
        ApiKeys keys,
        Receipts receipts
    )
    {
        var known = await keys.AuthenticateAsync(
            PresentedKey.Of(http.Request),
            http.RequestAborted
        );
        if (known.Denied(out var denial, out var caller))
        {
            await RefuseAsync(http, denial);
            return;
        }

        RequestFacts.Of(http).App = caller.App;
        if (caller.Lacks(Scopes.UsageRead) is { } notAllowed)
        {
            await RefuseAsync(http, notAllowed);
            return;
        }

        var receipt = await receipts.FindAsync(new(id), caller.Project, http.RequestAborted);
        if (receipt is null || !IsOwn(caller, receipt))
        {
            await RefuseAsync(http, new Denial.NotFound("generation of yours with that id"));
            return;
        }

        var body = new ArrayBufferWriter<byte>(4096);
        using (var json = WireJson.NewWriter(body))
        {
            json.WriteStartObject();
            json.WritePropertyName("receipt"u8);
            json.WriteRawValue(receipt.ToCanonicalJson());
            json.WriteString("jws"u8, receipts.Sign(receipt));
            json.WriteEndObject();
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
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

    private static Task RefuseAsync(HttpContext http, Denial denial) =>
        Errors.WriteAsync(http, denial, WireFormat.OpenAiChat);
}
