using Arda.Gateway.Accounts;
using Arda.Gateway.Catalog;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Inference;
using Arda.Gateway.Keys;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Planning;
using Arda.Gateway.Providers;

namespace Arda.Gateway;

/// <summary>What one room needs of another on the same floor or above: a question each, answered
/// here, because only the composition may know both (ruling 13).</summary>
internal static class Wiring
{
    private const string Bearer = "Bearer ";

    /// <summary>Web origins are part of the review of apps.</summary>
    public static OriginApproval OriginApprovalOf(IServiceProvider services) =>
        services.GetRequiredService<WebOrigins>().IsApprovedAsync;

    /// <summary>Mails about payments carry facts; the portal has the words and its addresses.</summary>
    public static PaymentMailDoor PaymentMailDoorOf(IServiceProvider services) =>
        (mail, ct) => services.GetRequiredService<PaymentLetters>().SendAsync(mail, ct);

    /// <summary>A browser that comes back from the payment provider signs in first and then goes
    /// on.</summary>
    public static SignInFirst SignInFirstOf(IServiceProvider services) =>
        (http, page) =>
        {
            Destinations.Keep(http, page);
            return Page.SeeOther("/sign-in");
        };

    /// <summary>The plain list of models needs what calling one needs.</summary>
    public static ModelListing ModelListingOf(IServiceProvider services)
    {
        var keys = services.GetRequiredService<ApiKeys>();
        var upstreams = services.GetRequiredService<Upstreams>();
        return new ModelListing
        {
            Access = async http =>
            {
                var known = await keys.AuthenticateAsync(
                    PresentedKey.Of(http.Request),
                    http.RequestAborted
                );
                if (known.Denied(out var denial, out var caller))
                {
                    return denial;
                }

                RequestFacts.Of(http).App = caller.App;
                return caller.Lacks(Scopes.Inference);
            },
            IsAvailable = upstreams.IsConfigured,
            GatewayMarkupBps = services.GetRequiredService<PlanningOptions>().GatewayMarkupBps,
        };
    }

    public static async ValueTask<bool> IsOperatorAsync(HttpContext http) =>
        http.Request.Headers.Authorization.ToString() is { Length: > 0 } value
        && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        && await http
            .RequestServices.GetRequiredService<OperatorTokens>()
            .VerifyAsync(value.AsMemory(Bearer.Length).Trim(), http.RequestAborted);

    /// <summary>Streams of a key that was withdrawn end now, on every node (ruling 1); keys end with
    /// the account or the project that they spend from.</summary>
    public static void Connect(IServiceProvider services)
    {
        var live = services.GetRequiredService<LiveStreams>();
        var keys = services.GetRequiredService<ApiKeys>();
        keys.OnWithdrawn(live.CutKey);
        services.GetRequiredService<AccountDeletion>().OnDeleted(keys.RevokeAllAsync);
        services.GetRequiredService<Projects>().OnClosed(keys.RevokeAllAsync);
        services.GetRequiredService<Payees>().Rejected = (connection, owner, isRejected) =>
            Apps.CloseAll(connection, owner, isRejected ? "payee_rejected" : null);
        Observe(services, live);
    }

    private static void Observe(IServiceProvider services, LiveStreams live)
    {
        var upstreams = services.GetRequiredService<Upstreams>();
        var streams = GatewayMetrics.ObserveStreams(() => live.Count);
        var circuits = GatewayMetrics.ObserveCircuits(() =>
            upstreams
                .ReadHealth()
                .Select(health => new CircuitReading(
                    health.ProviderId,
                    health.UpstreamModel,
                    PositionOf(health.State)
                ))
        );
        services
            .GetRequiredService<IHostApplicationLifetime>()
            .ApplicationStopped.Register(() =>
            {
                streams.Dispose();
                circuits.Dispose();
            });
    }

    private static CircuitPosition PositionOf(CircuitState state) =>
        state switch
        {
            CircuitState.Closed => CircuitPosition.Closed,
            CircuitState.Open => CircuitPosition.Open,
            _ => CircuitPosition.HalfOpen,
        };
}
