using System.Globalization;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>The headers of contract §2. Each is set as soon as it is known, so that a refusal on the
/// way carries what was known by then.</summary>
internal sealed class AnswerHeaders(SpendLedger ledger)
{
    private const int DroppedShownMax = 32;
    private const int NameCharsMax = 80;

    /// <summary>For a stream: the balance is what is left after this request's hold (ruling 7).</summary>
    public void ApplyToStream(Exchange exchange, Candidate candidate)
    {
        var response = exchange.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // nginx would gather events into its buffer.
        response.Headers["X-Accel-Buffering"] = "no";
        Apply(exchange, candidate);
        if (
            exchange.Caller.MayReadBalance && ledger.Balance(exchange.Caller.Project) is { } balance
        )
        {
            ApplyBalance(response, balance.Balance - exchange.Hold.Amount, balance.Low);
        }
    }

    /// <summary>For a whole answer: the balance after its charge.</summary>
    public static void ApplyToAnswer(Exchange exchange, Candidate candidate)
    {
        var response = exchange.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        Apply(exchange, candidate);
        if (exchange.Caller.MayReadBalance && exchange.Settled is { } charge)
        {
            ApplyBalance(response, charge.BalanceAfter, charge.Low);
        }
    }

    /// <summary>For every answer to a known caller that has no charge of its own, refusals and
    /// repeated answers among them: the balance as it is known by then (ruling 8).</summary>
    public void ApplyBalance(HttpContext http, Caller caller)
    {
        if (
            !http.Response.HasStarted
            && caller.MayReadBalance
            && ledger.Balance(caller.Project) is { } balance
        )
        {
            ApplyBalance(http.Response, balance.Balance, balance.Low);
        }
    }

    /// <summary>As soon as the request is let in, so that a failure on the way names them too.</summary>
    public static void ApplyToExchange(Exchange exchange)
    {
        var headers = exchange.Http.Response.Headers;
        headers[HeaderNames.GenerationId] = exchange.Generation.Value;
        headers[HeaderNames.SelectedModel] = exchange.Route.Candidates[0].Model.Id;
        if (exchange.Route.Class is { } kind)
        {
            headers[HeaderNames.RoutingClass] = kind;
        }
    }

    /// <summary>Contract §2 and the names that this dialect's own clients read.</summary>
    public static void ApplyRate(
        HttpResponse response,
        RateReading rate,
        WireFormat dialect,
        DateTimeOffset now
    )
    {
        var headers = response.Headers;
        var limit = Text(rate.Limit);
        var remaining = Text(rate.Remaining);
        headers[HeaderNames.RateLimitLimit] = limit;
        headers[HeaderNames.RateLimitRemaining] = remaining;
        if (dialect == WireFormat.AnthropicMessages)
        {
            headers[HeaderNames.AnthropicLimitRequests] = limit;
            headers[HeaderNames.AnthropicRemainingRequests] = remaining;
            headers[HeaderNames.AnthropicResetRequests] = (
                now + rate.ResetAfter
            ).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
        else
        {
            headers[HeaderNames.OpenAiLimitRequests] = limit;
            headers[HeaderNames.OpenAiRemainingRequests] = remaining;
            headers[HeaderNames.OpenAiResetRequests] =
                Text((long)rate.ResetAfter.TotalMilliseconds) + "ms";
        }
    }

    private static void Apply(Exchange exchange, Candidate candidate)
    {
        var headers = exchange.Http.Response.Headers;
        headers[HeaderNames.SelectedModel] = candidate.Model.Id;
        if (exchange.Size.CappedByBalance && exchange.Size.UpstreamCap is { } cap)
        {
            headers[HeaderNames.MaxTokensApplied] = Text(cap);
        }

        if (exchange.Dropped.Count > 0)
        {
            headers[HeaderNames.DroppedParams] = NamesOf(exchange.Dropped);
        }
    }

    // Some are the caller's own words, which may be anything that JSON can hold.
    private static string NamesOf(IReadOnlyList<string> dropped) =>
        string.Join(", ", dropped.Take(DroppedShownMax).Select(Plain));

    private static string Plain(string name)
    {
        name = name.Length <= NameCharsMax ? name : name[..NameCharsMax];
        return name.All(letter => letter is > ' ' and < (char)127 and not ',')
            ? name
            : Uri.EscapeDataString(name);
    }

    private static void ApplyBalance(HttpResponse response, NanoUsd balance, bool isLow)
    {
        response.Headers[HeaderNames.BalanceCents] = Text(balance.CentsFloor);
        if (isLow)
        {
            response.Headers[HeaderNames.BalanceWarning] = "low";
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
