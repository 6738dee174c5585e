using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>What is set aside for a request, and the output limit that follows from it.</summary>
internal sealed record HoldSize
{
    /// <summary>The provider's price of the worst case, before markups.</summary>
    public required NanoUsd BaseMax { get; init; }

    public required long PromptTokensMax { get; init; }

    /// <summary>Output tokens (of all choices together) that the hold pays for.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>The limit to send upstream where the client named none; null sends none.</summary>
    public required long? UpstreamCap { get; init; }

    /// <summary>True when the balance, not the model, set the cap: the client is told.</summary>
    public required bool CappedByBalance { get; init; }

    /// <summary>The hold grows while the stream runs, instead of covering the whole cap.</summary>
    public required bool Rolling { get; init; }
}

/// <summary>
/// Sizes holds by ruling 5: an explicit limit is held whole; without one the output is capped at
/// what the balance affords, and a stream of a model that does not think in secret is held in steps.
/// </summary>
internal sealed class HoldSizing(InferenceOptions options)
{
    /// <param name="route">The dearest candidate counts: a fallback must be covered too.</param>
    /// <param name="affordable">Base price that a new hold could cover, markups taken off.</param>
    public HoldSize Size(RequestScan scan, RequestRoute route, long promptTokens, NanoUsd affordable)
    {
        var modelMax = route.Candidates.Min(c =>
            c.Offer.MaxOutput ?? c.Model.MaxOutput ?? options.OutputTokensUnknownMax
        );
        if (scan.MaxOutputTokens is { } wanted)
        {
            var tokens = checked(Math.Min(wanted, modelMax) * scan.Choices);
            return Of(route, promptTokens, tokens, null, rolling: false, capped: false);
        }

        var cap = AffordableTokens(scan, route, promptTokens, modelMax, affordable);
        var capped = cap < modelMax;
        cap = Math.Max(cap, options.OutputTokensMin);
        var rolling =
            scan.Stream && scan.Choices == 1 && !route.Candidates.Any(c => c.Model.Capabilities.Reasoning);
        var held = rolling ? Math.Min(cap, options.RollingHoldTokens) : cap;
        return Of(route, promptTokens, checked(held * scan.Choices), cap, rolling, capped);
    }

    /// <summary>The largest output limit that fits into that base price; 0 when not even one token
    /// does.</summary>
    public static long AffordableTokens(
        RequestScan scan,
        RequestRoute route,
        long promptTokens,
        long tokensMax,
        NanoUsd affordable
    )
    {
        if (Bound(route, promptTokens, checked(tokensMax * scan.Choices)) <= affordable)
        {
            return tokensMax;
        }

        var (fits, tooMany) = (0L, tokensMax);
        while (tooMany - fits > 1)
        {
            var middle = fits + ((tooMany - fits) / 2);
            if (Bound(route, promptTokens, middle * scan.Choices) <= affordable)
            {
                fits = middle;
            }
            else
            {
                tooMany = middle;
            }
        }

        return fits;
    }

    public static NanoUsd Bound(RequestRoute route, long promptTokens, long outputTokens)
    {
        var bound = NanoUsd.Zero;
        foreach (var candidate in route.Candidates)
        {
            bound = NanoUsd.Max(bound, candidate.Price.UpperBound(promptTokens, outputTokens));
        }

        return bound;
    }

    private static HoldSize Of(
        RequestRoute route,
        long promptTokens,
        long outputTokens,
        long? cap,
        bool rolling,
        bool capped
    ) =>
        new()
        {
            BaseMax = Bound(route, promptTokens, outputTokens),
            PromptTokensMax = promptTokens,
            OutputTokens = outputTokens,
            UpstreamCap = cap,
            CappedByBalance = capped,
            Rolling = rolling,
        };
}
