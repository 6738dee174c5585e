using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Planning;

/// <summary>What a request will do and cost at most, before anything of it is done.</summary>
internal sealed record RequestPlan
{
    public required Payer Payer { get; init; }

    public required RequestRoute Route { get; init; }

    /// <summary>The most that the prompt can be.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>What to hold.</summary>
    public required HoldWish Wish { get; init; }

    /// <summary>The longest answer that fits into that much of the payer's money, markups included;
    /// 0 when not even one token does.</summary>
    public long TokensFor(RequestScan scan, NanoUsd total)
    {
        var basePrice = ChargeParts.LargestBaseWithin(
            total,
            Payer.GatewayMarkupBps,
            Payer.ResellerMarkupBps
        );
        var wanted = scan.MaxOutputTokens ?? Wish.ModelMax;
        return HoldSizing.TokensWithin(scan, Route, PromptTokens, wanted, basePrice);
    }
}

/// <summary>Plans requests. A quote and the request itself come from here alike, so that what was
/// quoted is what is held.</summary>
internal sealed class RequestPlans(RequestRoutes routes, HoldSizing sizing, PlanningOptions options)
{
    public Outcome<RequestPlan> Plan(
        RequestScan scan,
        WireFormat dialect,
        Caller caller,
        DateTimeOffset at
    )
    {
        var payer = PayerOf(caller);
        if (routes.Plan(scan, dialect, payer, at).Denied(out var noRoute, out var route))
        {
            return noRoute;
        }

        // No provider takes, or bills, a longer prompt than its window.
        var prompt = Math.Min(
            PromptEstimate.TokensMax(scan),
            route.Candidates.Max(candidate => candidate.Offer.ContextWindow)
        );
        return new RequestPlan
        {
            Payer = payer,
            Route = route,
            PromptTokens = prompt,
            Wish = sizing.WishFor(scan, route, prompt),
        };
    }

    public Payer PayerOf(Caller caller) =>
        new()
        {
            Project = caller.Project,
            Key = caller.Key,
            Connection = caller.Connection,
            App = caller.App,
            Reseller = caller.Reseller,
            GatewayMarkupBps = options.GatewayMarkupBps,
            ResellerMarkupBps = caller.ResellerMarkupBps,
            KeyMonthlyLimit = caller.MonthlyLimit,
            ConnectionMonthlyLimit = caller.ConnectionMonthlyLimit,
        };
}
