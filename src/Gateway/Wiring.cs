using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Inference;
using Arda.Gateway.Keys;

namespace Arda.Gateway;

/// <summary>What one room needs of another on the same floor or above: a question each, answered
/// here, because only the composition may know both (ruling 13).</summary>
internal static class Wiring
{
    private const string Bearer = "Bearer ";

    /// <summary>No app can register web origins yet, so none is approved.</summary>
    public static OriginApproval OriginApprovalOf(IServiceProvider services) =>
        (_, _) => ValueTask.FromResult(false);

    public static async ValueTask<bool> IsOperatorAsync(HttpContext http) =>
        http.Request.Headers.Authorization.ToString() is { Length: > 0 } value
        && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && await http
            .RequestServices.GetRequiredService<OperatorTokens>()
            .VerifyAsync(value.AsMemory(Bearer.Length).Trim(), http.RequestAborted);

    /// <summary>Streams of a key that was withdrawn end now, on every node (ruling 1).</summary>
    public static void Connect(IServiceProvider services)
    {
        var live = services.GetRequiredService<LiveStreams>();
        services.GetRequiredService<ApiKeys>().OnWithdrawn(live.CutKey);
        GatewayMetrics.ObserveStreams(() => live.Count);
    }
}
