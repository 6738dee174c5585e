using System.Buffers;
using System.Diagnostics.Metrics;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Where the provider delivers events. It is verified on the raw bytes, stored and answered; the
/// work comes later. Only what is not from the provider or no event is refused (ruling 20), so that
/// it never retries what it cannot mend.
/// </summary>
internal static class WebhookEndpoint
{
    public const string Path = "/webhooks/stripe";

    private const int BytesMax = 1 << 20;

    private static readonly Counter<long> s_received = TelemetryNames.Meter.CreateCounter<long>(
        "arda.payments.webhooks",
        "{event}",
        "Deliveries of the payment provider by what became of them."
    );

    public static IEndpointRouteBuilder MapPaymentWebhooks(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, ReceiveAsync);
        return app;
    }

    private static async Task ReceiveAsync(
        HttpContext http,
        Inbox inbox,
        PaymentsOptions options,
        WebhookSecrets secrets,
        TimeProvider time
    )
    {
        var body = await ReadAsync(http.Request, http.RequestAborted);
        if (body is null)
        {
            await RefuseAsync(http, new Denial.RequestTooLarge(BytesMax), "too_large");
            return;
        }

        var header = http.Request.Headers[WebhookSignature.Header].ToString();
        if (!WebhookSignature.IsValid(header, body, secrets.Current(), time.GetUtcNow()))
        {
            const string Words = "The signature, its time or its secret is wrong.";
            await RefuseAsync(http, new Denial.InvalidRequest(Words), "bad_signature");
            return;
        }

        Receipt receipt;
        try
        {
            receipt = await inbox.ReceiveAsync(body);
        }
        catch (StoreUnavailableException)
        {
            // Not stored: the provider shall come again.
            var later = new Denial.LedgerUnavailable(TimeSpan.FromSeconds(5));
            await RefuseAsync(http, later, "store_down");
            return;
        }

        if (receipt is Receipt.Unreadable)
        {
            await RefuseAsync(http, new Denial.InvalidRequest("This is no event."), "unreadable");
            return;
        }

        Count(receipt is Receipt.Known ? "duplicate" : "stored");
        http.Response.StatusCode = StatusCodes.Status200OK;
    }

    private static Task RefuseAsync(HttpContext http, Denial denial, string why)
    {
        Count(why);
        return Errors.WriteForPathAsync(http, denial);
    }

    private static void Count(string what) =>
        s_received.Add(1, new KeyValuePair<string, object?>("arda.payments.outcome", what));

    /// <returns>Null when it is longer than any event.</returns>
    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > BytesMax)
        {
            return null;
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(ct);
            if (read.Buffer.Length > BytesMax)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

/// <summary>All secrets that may sign now: the operator's, or the simulated provider's
/// own.</summary>
internal sealed record WebhookSecrets(Func<IReadOnlyList<string>> Current);
