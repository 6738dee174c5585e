using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Providers;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>An upstream that said 200.</summary>
internal sealed record OpenAnswer(Candidate Candidate, UpstreamResponse Response, Exchange Exchange)
{
    /// <summary>For conversations: how the upstream speaks.</summary>
    public IWireCodec Upstream => WireCodecs.For(CandidateBodies.FormatOf(Candidate));

    public IWireCodec Client => WireCodecs.For(Exchange.Dialect);

    public bool IsPassthrough => CandidateBodies.PassesThrough(Exchange, Candidate);
}

/// <summary>What came of one attempt: something to send, or a fault that lets the next one try.</summary>
internal readonly record struct Attempt<T>(T? Value, UpstreamError? Failed)
    where T : class;

/// <summary>
/// Tries the candidates in order until one answers. Only before the first byte: what has been sent
/// to a client is never followed by another model's words.
/// </summary>
internal sealed class UpstreamAttempts(Upstreams upstreams)
{
    private static readonly TimeSpan RetryAfterDefault = TimeSpan.FromSeconds(5);

    /// <param name="exchange">The request.</param>
    /// <param name="consume">Reads as much as decides whether this answer is good. It owns the
    /// response when it returns a value.</param>
    /// <param name="ct">Ends the upstream call.</param>
    public async ValueTask<Outcome<T>> FirstGoodAsync<T>(
        Exchange exchange,
        Func<OpenAnswer, ValueTask<Attempt<T>>> consume,
        CancellationToken ct
    )
        where T : class
    {
        Denial? last = null;
        // Where nobody is well, whoever there is gets asked: the breaker may be behind the times.
        var anyIsReady = AnyIsReady(exchange.Route.Candidates);
        foreach (var candidate in exchange.Route.Candidates)
        {
            if (
                (anyIsReady && !upstreams.IsReady(candidate.Offer))
                || IsOfAnotherModel(exchange, candidate)
                || IsLeft(exchange)
            )
            {
                continue;
            }

            exchange.Trying = candidate;
            exchange.Watch?.Selected(candidate.Offer.ProviderId, candidate.Model.Id);
            if (CandidateBodies.Build(exchange, candidate).Denied(out var denial, out var body))
            {
                last ??= denial;
                continue;
            }

            var response = await upstreams.SendAsync(CallFor(exchange, candidate, body), ct);
            if (!response.Ok)
            {
                await response.DisposeAsync();
                var refusal = DenialFor(exchange, response.Fault, response.Error, response);
                if (!response.Fault.MayFallBack())
                {
                    return refusal;
                }

                last = refusal;
                continue;
            }

            var answer = new OpenAnswer(candidate, response, exchange);
            exchange.Dropped = body.Dropped;
            var attempt = await consume(answer);
            if (attempt.Value is { } value)
            {
                return value;
            }

            response.Report(attempt.Failed ?? CutStream.Error);
            await response.DisposeAsync();
            last = Unavailable(exchange, null);
        }

        return last ?? Unavailable(exchange, null);
    }

    private bool AnyIsReady(IReadOnlyList<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (upstreams.IsReady(candidates[i].Offer))
            {
                return true;
            }
        }

        return false;
    }

    // Once the headers have named a model, no other one may answer (ruling 22).
    private static bool IsOfAnotherModel(Exchange exchange, Candidate candidate) =>
        exchange.CommittedModel is { } committed && committed != candidate.Model.Id;

    // Its client is gone and will not ask again: whoever is asked may finish, nobody else begins.
    private static bool IsLeft(Exchange exchange) =>
        exchange.Replay is null && exchange.Http.RequestAborted.IsCancellationRequested;

    private static UpstreamCall CallFor(
        Exchange exchange,
        Candidate candidate,
        TranslatedRequest body
    ) =>
        new()
        {
            ProviderId = candidate.Offer.ProviderId,
            UpstreamModel = candidate.Offer.UpstreamId,
            Protocol = candidate.Protocol,
            Operation = exchange.Scan.IsEmbeddings
                ? UpstreamOperation.Embed
                : UpstreamOperation.Generate,
            Body = body.Body,
            Stream = exchange.IsStream,
            Headers = PassedHeaders(exchange.Http.Request, candidate),
            RequestId = exchange.RequestId,
        };

    // The few request headers that belong to the request. All others describe the user's machine.
    private static IReadOnlyList<KeyValuePair<string, string>> PassedHeaders(
        HttpRequest request,
        Candidate candidate
    )
    {
        List<KeyValuePair<string, string>>? passed = null;
        if (candidate.Protocol == OfferProtocol.AnthropicMessages)
        {
            Pass(DialectHeaders.AnthropicBeta);
        }

        Pass(DialectHeaders.Simulate);
        return passed ?? (IReadOnlyList<KeyValuePair<string, string>>)[];

        void Pass(string name)
        {
            if (request.Headers.TryGetValue(name, out var value))
            {
                (passed ??= []).Add(new(name, value.ToString()));
            }
        }
    }

    private static Denial DenialFor(
        Exchange exchange,
        UpstreamFault fault,
        UpstreamError? error,
        UpstreamResponse response
    ) =>
        fault switch
        {
            UpstreamFault.BadRequest or UpstreamFault.ContextLength => new Denial.ProviderRejected(
                response.Status is >= 400 and < 500 ? response.Status : 400,
                error?.Message ?? "The model's provider refused the request.",
                error?.Type,
                error?.Code,
                error?.Param
            ),
            UpstreamFault.ModelNotFound => new Denial.ModelNotFound(exchange.Scan.Model),
            _ => Unavailable(exchange, response.RetryAfter),
        };

    private static Denial.ProviderUnavailable Unavailable(
        Exchange exchange,
        TimeSpan? retryAfter
    ) => new(exchange.Scan.Model, retryAfter ?? RetryAfterDefault);
}
