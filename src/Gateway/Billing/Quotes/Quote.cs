using Arda.Gateway.Billing.Models;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Quotes;

/// <summary>So many tokens, and what they cost the user.</summary>
internal sealed record QuotedCost(long PromptTokens, long OutputTokens, ChargeParts Parts);

/// <summary>What a request would cost, from the plan that the request itself would have.</summary>
internal sealed record Quote
{
    // An answer of a few paragraphs, where nobody says better.
    private const long OutputTokensUsual = 400;

    public required RequestPlan Plan { get; init; }

    public required QuotedCost Expected { get; init; }

    /// <summary>Set aside when the request begins.</summary>
    public required QuotedCost Hold { get; init; }

    /// <summary>The most, at any candidate.</summary>
    public required QuotedCost UpperBound { get; init; }

    public static Quote Of(RequestScan scan, RequestPlan plan, long? expectedOutputTokens)
    {
        var wish = plan.Wish;
        var upperTokens = scan.MaxOutputTokens is null ? wish.ModelMax : wish.OutputTokens;
        var upper = HoldSizing.Bound(scan, plan.Route, plan.PromptTokens, upperTokens);
        return new Quote
        {
            Plan = plan,
            Expected = ExpectedOf(
                scan,
                plan,
                Math.Min(expectedOutputTokens ?? OutputTokensUsual, upperTokens)
            ),
            Hold = Cost(plan, plan.PromptTokens, wish.OutputTokens * scan.Choices, wish.BaseMax),
            UpperBound = Cost(plan, plan.PromptTokens, upperTokens * scan.Choices, upper),
        };
    }

    private static QuotedCost ExpectedOf(RequestScan scan, RequestPlan plan, long outputTokens)
    {
        var prompt = Math.Min(PromptEstimate.TokensUsual(scan), plan.PromptTokens);
        var output = checked(outputTokens * scan.Choices);
        var first = plan.Route.Candidates[0];
        var price = first.Price.Base(
            new TokenUsage
            {
                Input = prompt,
                Output = output,
                ServiceTier = scan.ServiceTier,
            }
        );
        return Cost(plan, prompt, output, price);
    }

    private static QuotedCost Cost(RequestPlan plan, long prompt, long output, NanoUsd basePrice) =>
        new(
            prompt,
            output,
            new Markups(plan.Payer.GatewayMarkupBps, plan.Payer.ResellerMarkupBps, null).On(
                basePrice
            )
        );
}
