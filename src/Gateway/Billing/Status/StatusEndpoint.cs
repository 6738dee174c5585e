using Arda.Gateway.Keys;

namespace Arda.Gateway.Billing.Status;

/// <summary>What a key's holder may know about who pays.</summary>
internal sealed class StatusEndpoint(GatewayCall call, ProjectStatuses statuses, StatusJson shape)
{
    public void Map(IEndpointRouteBuilder app) => app.MapGet("/v1/gateway/status", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var admitted = await call.AdmitAsync(http, Scopes.BalanceRead);
        if (admitted.Denied(out var denial, out var caller))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var status = await statuses.ReadAsync(caller, http.RequestAborted);
        await GatewayCall.AnswerAsync(http, json => shape.Write(json, status));
    }
}
