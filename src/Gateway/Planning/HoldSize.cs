using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Planning;

/// <summary>What to ask the ledger for, by ruling 5.</summary>
internal sealed record HoldWish
{
    /// <summary>The provider's price of the worst case, before markups.</summary>
    public required NanoUsd BaseMax { get; init; }

    /// <summary>Set where less would do: the output is then cut to what the balance affords.</summary>
    public NanoUsd? BaseMin { get; init; }

    public required long PromptTokens { get; init; }

    /// <summary>Output tokens of one choice that <see cref="BaseMax"/> pays for.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>The most that every candidate can write.</summary>
    public required long ModelMax { get; init; }

    /// <summary>The hold grows while the stream runs, instead of covering the whole answer.</summary>
    public required bool Rolling { get; init; }
}

/// <summary>What was held, and the output limit that follows from it.</summary>
/// <param name="PromptTokensMax">Prompt tokens that the hold pays for.</param>
/// <param name="OutputTokens">Output tokens of one choice that the hold pays for.</param>
/// <param name="UpstreamCap">The limit to send where the client named none; null sends none.</param>
/// <param name="CappedByBalance">The balance, not the model, set the cap: the client is told.</param>
/// <param name="Rolling">The hold may grow.</param>
internal sealed record HoldSize(
    long PromptTokensMax,
    long OutputTokens,
    long? UpstreamCap,
    bool CappedByBalance,
    bool Rolling
);

/// <summary>
/// Sizes holds: an explicit limit is held whole or refused. Without one the output is capped at
/// what the balance affords, and a stream of a model that does not think in secret is held in steps.
/// </summary>
internal sealed class HoldSizing(PlanningOptions options)
{
    // What a provider's own search tool runs at most in one answer; it names no limit.
    private const long WebSearchesMax = 10;

    /// <param name="scan">The request.</param>
    /// <param name="route">The dearest candidate counts: a fallback must be covered too.</param>
    /// <param name="promptTokens">The most that the prompt can be.</param>
    public HoldWish WishFor(RequestScan scan, RequestRoute route, long promptTokens)
    {
        var modelMax = route.Candidates.Min(c => c.Offer.MaxOutput);
        if (scan.MaxOutputTokens is { } wanted)
        {
            var tokens = Math.Min(wanted, modelMax);
            return Wish(scan, route, promptTokens, tokens, modelMax);
        }

        var thinksInSecret = route.Candidates.Any(c => c.Model.Capabilities.Reasoning);
        var rolling = scan.Stream && scan.Choices == 1 && !thinksInSecret;
        var held = rolling ? Math.Min(modelMax, options.RollingHoldTokens) : modelMax;
        var least = Math.Min(held, options.OutputTokensMin);
        return Wish(scan, route, promptTokens, held, modelMax) with
        {
            BaseMin = Bound(scan, route, promptTokens, least),
            Rolling = rolling,
        };
    }

    /// <param name="scan">The request.</param>
    /// <param name="route">Its candidates.</param>
    /// <param name="wish">What was asked for.</param>
    /// <param name="held">Base price that the hold covers: the wish, or less where less would do.</param>
    /// <param name="affordable">Base price that the project could hold in all.</param>
    public static HoldSize SizeOf(
        RequestScan scan,
        RequestRoute route,
        HoldWish wish,
        NanoUsd held,
        NanoUsd affordable
    )
    {
        if (scan.MaxOutputTokens is not null)
        {
            return new HoldSize(wish.PromptTokens, wish.OutputTokens, null, false, false);
        }

        var tokens =
            held < wish.BaseMax
                ? TokensWithin(scan, route, wish.PromptTokens, wish.OutputTokens, held)
                : wish.OutputTokens;
        var cap = wish.Rolling
            ? TokensWithin(scan, route, wish.PromptTokens, wish.ModelMax, affordable)
            : tokens;
        cap = Math.Max(cap, tokens);
        return new HoldSize(wish.PromptTokens, tokens, cap, cap < wish.ModelMax, wish.Rolling);
    }

    /// <summary>The longest answer whose worst case fits into that base price; 0 when not even one
    /// token does.</summary>
    public static long TokensWithin(
        RequestScan scan,
        RequestRoute route,
        long promptTokens,
        long tokensMax,
        NanoUsd basePrice
    )
    {
        if (Bound(scan, route, promptTokens, tokensMax) <= basePrice)
        {
            return tokensMax;
        }

        var (fits, tooMany) = (0L, tokensMax);
        while (tooMany - fits > 1)
        {
            var middle = fits + ((tooMany - fits) / 2);
            if (Bound(scan, route, promptTokens, middle) <= basePrice)
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

    /// <summary>The most that all choices together can cost at any candidate.</summary>
    public static NanoUsd Bound(
        RequestScan scan,
        RequestRoute route,
        long promptTokens,
        long outputTokens
    )
    {
        var parts = PartsOf(scan);
        var searches = SearchesOf(scan);
        var bound = NanoUsd.Zero;
        foreach (var candidate in route.Candidates)
        {
            var price = candidate.Price.UpperBound(
                promptTokens,
                checked(outputTokens * scan.Choices),
                parts,
                scan.ServiceTier,
                searches
            );
            bound = NanoUsd.Max(bound, price);
        }

        return bound;
    }

    /// <summary>What may be billed of this request, for a bound.</summary>
    public static RequestParts PartsOf(RequestScan scan)
    {
        var parts = RequestParts.CacheWrites;
        parts |= scan.AsksForLongCache ? RequestParts.CacheWrites1h : RequestParts.None;
        parts |= scan.Features.HasFlag(RequestFeatures.Vision)
            ? RequestParts.Images
            : RequestParts.None;
        parts |= scan.Features.HasFlag(RequestFeatures.AudioInput)
            ? RequestParts.Audio
            : RequestParts.None;
        return parts;
    }

    public static long SearchesOf(RequestScan scan) =>
        scan.Features.HasFlag(RequestFeatures.ServerTools) ? WebSearchesMax : 0;

    private static HoldWish Wish(
        RequestScan scan,
        RequestRoute route,
        long promptTokens,
        long outputTokens,
        long modelMax
    ) =>
        new()
        {
            BaseMax = Bound(scan, route, promptTokens, outputTokens),
            PromptTokens = promptTokens,
            OutputTokens = outputTokens,
            ModelMax = modelMax,
            Rolling = false,
        };
}
