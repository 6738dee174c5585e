using System.Buffers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Portal;

/// <summary>Portal sessions over HTTP: made by an app, and waited for by it.</summary>
internal sealed class PortalEndpoints(
    GatewayCall call,
    PortalSessions sessions,
    PortalProgress progress,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    private const int UrlCharsMax = 2_000;
    private const int PurposeCharsMax = 60;
    private const int ProjectCharsMax = 100;

    // Proxies cut what is silent for a minute; clients come back by themselves.
    private static readonly TimeSpan s_silenceMax = TimeSpan.FromSeconds(15);

    // In case an announcement is lost, and for what nobody announces.
    private static readonly TimeSpan s_looksEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_streamMax = TimeSpan.FromMinutes(30);

    private static readonly byte[] s_opening = "retry: 2000\n\n"u8.ToArray();
    private static readonly byte[] s_comment = ": waiting\n\n"u8.ToArray();

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/gateway/portal-sessions", CreateAsync);
        app.MapGet(
            "/v1/gateway/portal-sessions/{id}",
            (HttpContext http, string id) => FindAsync(http, id)
        );
        app.MapGet(
            "/v1/gateway/portal-sessions/{id}/events",
            (HttpContext http, string id) => StreamAsync(http, id)
        );
    }

    private async Task CreateAsync(HttpContext http)
    {
        var admitted = await call.AdmitAsync(http, Scopes.BillingPortal);
        if (admitted.Denied(out var denial, out var caller))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        // Everything else that keeps a key from spending is put right in the portal or by consent.
        if (caller.SpendingDenied is Denial.AppSuspended suspended)
        {
            await GatewayCall.RefuseAsync(http, suspended);
            return;
        }

        var read = await GatewayCall.ReadAsync(http);
        if (
            read.Denied(out denial, out var fields)
            || RequestOf(fields).Denied(out denial, out var request)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var made = await sessions.CreateAsync(caller, request, http.RequestAborted);
        if (made.Denied(out denial, out var link))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        http.Response.Headers.Location = $"/v1/gateway/portal-sessions/{link.Id}";
        await GatewayCall.AnswerAsync(
            http,
            json => PortalJson.Write(json, link, request.Purpose),
            StatusCodes.Status201Created
        );
    }

    private async Task FindAsync(HttpContext http, string id)
    {
        if ((await OwnAsync(http, id)).Denied(out var denial, out var session))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        await GatewayCall.AnswerAsync(http, json => PortalJson.Write(json, session));
    }

    private async Task StreamAsync(HttpContext http, string id)
    {
        if ((await OwnAsync(http, id)).Denied(out var denial, out var session))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await SendAsync(http, s_opening);
        // Cut short on purpose: the client reconnects, here or at another node.
        using var longest = new CancellationTokenSource(s_streamMax, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping,
            longest.Token
        );
        await TellAsync(http, session, end.Token);
    }

    private async Task TellAsync(HttpContext http, PortalContext session, CancellationToken end)
    {
        using var watch = progress.Watch(session);
        PortalStatus? told = null;
        var lastSent = time.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            // Taken before the look, so that nothing can happen in between unnoticed. Each look
            // asks for the key again: one that was revoked hears nothing more.
            var next = watch.Next;
            if ((await OwnAsync(http, session.Id.Value)).Denied(out _, out var current))
            {
                return;
            }

            var isNews = current.Status != told;
            if (isNews || time.GetElapsedTime(lastSent) >= s_silenceMax)
            {
                await SendAsync(http, isNews ? EventOf(current) : s_comment);
                (told, lastSent) = (current.Status, time.GetTimestamp());
            }

            if (PortalStatuses.IsFinal(current.Status))
            {
                return;
            }

            await next.WaitAsync(s_looksEvery, time, end)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<Outcome<PortalContext>> OwnAsync(HttpContext http, string id)
    {
        var admitted = await call.AdmitAsync(http, Scopes.BillingPortal);
        if (admitted.Denied(out var denial, out var caller))
        {
            return denial;
        }

        return await sessions.ReadAsync(new(id), caller, http.RequestAborted) is { } session
            ? session
            : new Denial.NotFound("portal session of yours with that id");
    }

    private static Outcome<PortalRequest> RequestOf(JsonFields fields)
    {
        var request = new PortalRequest
        {
            ProjectId = fields.Text("project_id", ProjectCharsMax) is { } id ? new(id) : null,
            Purpose = fields.Text("purpose", PurposeCharsMax) ?? PortalPurposes.Topup,
            ReturnUrl = fields.Text("return_url", UrlCharsMax),
            SuggestedTopupCents = fields.Whole("suggested_topup_cents", 1, 100_000_000),
            SuggestedAutoReloadEnabled = fields.Flag("suggested_auto_reload_enabled"),
            State = fields.Text("state", PortalSessions.StateCharsMax),
        };
        return fields.Wrong is { } wrong ? wrong : request;
    }

    private static byte[] EventOf(PortalContext session)
    {
        var data = new ArrayBufferWriter<byte>(512);
        using (var json = WireJson.NewWriter(data))
        {
            PortalJson.Write(json, session);
        }

        return Encoding.UTF8.GetBytes(
            $"event: portal_session\ndata: {Encoding.UTF8.GetString(data.WrittenSpan)}\n\n"
        );
    }

    private static async Task SendAsync(HttpContext http, byte[] bytes)
    {
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}

internal static class PortalJson
{
    public static void Write(Utf8JsonWriter json, PortalLink link, string purpose)
    {
        json.WriteStartObject();
        json.WriteString("id", link.Id.Value);
        json.WriteString("url", link.Url.AbsoluteUri);
        json.WriteTime("expires_at", link.ExpiresAt);
        json.WriteString("purpose", purpose);
        json.WriteString("status", PortalStatuses.Text(PortalStatus.Open));
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, PortalContext session)
    {
        json.WriteStartObject();
        json.WriteString("id", session.Id.Value);
        json.WriteString("purpose", session.Purpose);
        json.WriteString("status", PortalStatuses.Text(session.Status));
        json.WriteBoolean("is_final", PortalStatuses.IsFinal(session.Status));
        json.WriteBoolean("should_retry", PortalStatuses.IsRetry(session.Status));
        json.WriteString("return_url", session.ReturnUrl);
        json.WriteTime("created_at", session.CreatedAt);
        json.WriteTime("link_expires_at", session.LinkExpiresAt);
        json.WriteTime("expires_at", session.ExpiresAt);
        json.WriteEndObject();
    }
}
