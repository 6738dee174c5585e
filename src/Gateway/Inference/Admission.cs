using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// Lets a request in: who pays, may they, which offers can answer, and is the money there. The
/// first refusal ends it, and nothing has been spent by then.
/// </summary>
internal sealed class Admission(
    ApiKeys keys,
    RateLimits rates,
    RequestPlans plans,
    SpendLedger ledger,
    PaymentStandings standings,
    Replays replays,
    AnswerHeaders headers,
    TimeProvider time
)
{
    private const string IdempotencyKey = "Idempotency-Key";

    /// <summary>Who asks, with the right to spend, within their rate. Used by every paid route.</summary>
    public async ValueTask<Outcome<Caller>> CallerAsync(HttpContext http, WireFormat dialect)
    {
        var credentials = PresentedKey.Of(http.Request);
        var known = await keys.AuthenticateAsync(
            credentials.Bearer,
            credentials.XApiKey,
            http.RequestAborted
        );
        if (known.Denied(out var denial, out var caller))
        {
            return denial;
        }

        var facts = RequestFacts.Of(http);
        facts.App = caller.App;
        facts.BalanceVisible = caller.MayReadBalance;
        if ((caller.Lacks(Scopes.Inference) ?? caller.SpendingDenied) is { } notAllowed)
        {
            headers.ApplyBalance(http, caller);
            return notAllowed;
        }

        var rate = rates.Take(caller);
        AnswerHeaders.ApplyRate(http.Response, rate, dialect, time.GetUtcNow());
        if (rate.Allowed)
        {
            return caller;
        }

        headers.ApplyBalance(http, caller);
        return new Denial.RateLimited(rate.RetryAfter, rate.Limit);
    }

    /// <summary>Admits a scanned request: the exchange that comes back has its hold.</summary>
    public async ValueTask<Outcome<Exchange>> AdmitAsync(
        HttpContext http,
        WireFormat dialect,
        Caller caller,
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        ReplayCapture? replay,
        GenerationId generation
    )
    {
        var startedAt = time.GetUtcNow();
        if (plans.Plan(scan, dialect, caller, startedAt).Denied(out var noRoute, out var plan))
        {
            return noRoute;
        }

        var (payer, route, wish) = (plan.Payer, plan.Route, plan.Wish);
        var request = new HoldRequest
        {
            Id = generation,
            Payer = payer,
            BaseMax = wish.BaseMax,
            MinimumBaseMax = wish.BaseMin,
            Provider = route.Candidates[0].Offer.ProviderId,
            Model = route.Candidates[0].Model.Id,
        };
        var held = await ledger.HoldAsync(request, http.RequestAborted);
        if (held.Denied(out var denial, out var hold))
        {
            var why = await standings.RefineAsync(denial, payer.Project, http.RequestAborted);
            return WithAffordableTokens(why, scan, plan);
        }

        var affordable = wish.Rolling ? hold.BaseMax + ledger.AffordableBase(payer) : hold.BaseMax;
        var size = HoldSizing.SizeOf(scan, route, wish, hold.BaseMax, affordable);
        return new Exchange
        {
            Http = http,
            Dialect = dialect,
            Caller = caller,
            Scan = scan,
            Body = body,
            Route = route,
            Size = size,
            Generation = generation,
            Hold = hold,
            StartedAt = startedAt,
            Replay = replay,
            Watch = GenAiOperation.Start(
                new GenAiRequest(
                    GenAiOperation.Chat,
                    Dialects.NameOf(dialect),
                    scan.Model,
                    scan.Stream,
                    generation.Value,
                    RequestFacts.Of(http).RequestId
                ),
                time
            ),
        };
    }

    /// <summary>Null without the header; then no row is written and nothing is kept.</summary>
    public async ValueTask<Outcome<ReplayState>?> ReplayAsync(
        HttpContext http,
        Caller caller,
        ReadOnlyMemory<byte> body,
        GenerationId generation
    ) =>
        http.Request.Headers.TryGetValue(IdempotencyKey, out var key)
            ? (Outcome<ReplayState>?)
                await replays.BeginAsync(
                    caller.Key,
                    key.ToString(),
                    http.Request.Path,
                    body,
                    generation
                )
            : null;

    public Payer PayerOf(Caller caller) => plans.PayerOf(caller);

    // The one detail that turns a refusal into a smaller request (contract §3).
    private static Denial WithAffordableTokens(Denial denial, RequestScan scan, RequestPlan plan)
    {
        if (denial is not Denial.InsufficientBalance low || scan.MaxOutputTokens is null)
        {
            return denial;
        }

        var tokens = plan.TokensFor(scan, low.Balance);
        return tokens > 0 ? low with { AffordableMaxTokens = tokens } : low;
    }
}
