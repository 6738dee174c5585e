using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Routing;

/// <summary>
/// What a model must be able to do before anything is compared. The gates stand in a fixed order,
/// and the one that leaves nobody names itself in the refusal.
/// </summary>
internal static class RouteGates
{
    private sealed record Gate(string Name, Func<RouteQuestion, Model, Offer, bool> Lets);

    private static readonly Gate[] s_gates =
    [
        new("a model that arda/auto may choose", (q, m, o) => IsChoosable(q, m, o)),
        new("a configured provider", (q, _, o) => q.IsConfigured(o)),
        Capability("tools", RequestFeatures.Tools, c => c.Tools),
        Capability("vision", RequestFeatures.Vision, c => c.Vision),
        Capability("pdf", RequestFeatures.Pdf, c => c.Pdf),
        Capability("audio input", RequestFeatures.AudioInput, c => c.AudioInput),
        Capability("structured output", RequestFeatures.StructuredOutput, c => c.StructuredOutput),
        Capability("json mode", RequestFeatures.JsonMode, c => c.JsonMode || c.StructuredOutput),
        Capability("reasoning", RequestFeatures.Reasoning, c => c.Reasoning),
        Capability("a provider's own tools", RequestFeatures.ServerTools, c => c.WebSearch),
        new("context window", (q, _, o) => Fits(q, o)),
        new("n", (q, _, o) => o.GivesChoices(q.Choices)),
        new("service_tier", (q, _, o) => o.KnowsServiceTier(q.ServiceTier)),
        new("routing.max_price", (q, m, o) => IsWithinMaxPrice(q, m, o)),
    ];

    /// <summary>All models with the offers that pass, or the gate at which the last one fell.</summary>
    public static Outcome<IReadOnlyList<RoutedModel>> Pass(
        IReadOnlyList<Model> models,
        RouteQuestion question
    )
    {
        IReadOnlyList<RoutedModel> left =
        [
            .. models.Select(model => new RoutedModel(model, model.Offers)),
        ];
        foreach (var gate in s_gates)
        {
            left = [.. left.Select(one => Through(gate, question, one)).Where(HasOffers)];
            if (left.Count == 0)
            {
                return new Denial.NoEligibleModel(gate.Name);
            }
        }

        return Outcome.Of(left);
    }

    private static Gate Capability(
        string name,
        RequestFeatures feature,
        Func<Capabilities, bool> can
    ) => new(name, (q, m, _) => !q.Features.HasFlag(feature) || can(m.Capabilities));

    private static RoutedModel Through(Gate gate, RouteQuestion question, RoutedModel one) =>
        one with
        {
            Offers = [.. one.Offers.Where(offer => gate.Lets(question, one.Model, offer))],
        };

    private static bool HasOffers(RoutedModel one) => one.Offers.Count > 0;

    private static bool IsChoosable(RouteQuestion question, Model model, Offer offer) =>
        model.AutoRoute
        && model.Type == ModelType.Language
        && model.StatusAt(question.At) is ModelStatus.Active
        && offer.IsSoldAt(question.At);

    private static bool Fits(RouteQuestion question, Offer offer) =>
        question.PromptTokensMax <= (offer.MaxInput ?? long.MaxValue)
        && question.PromptTokensMax + (question.MaxOutputTokens ?? 0) <= offer.ContextWindow
        && (question.MaxOutputTokens ?? 0) <= offer.MaxOutput;

    private static bool IsWithinMaxPrice(RouteQuestion question, Model model, Offer offer) =>
        question.Wish?.MaxPriceUsd is not { } usd || question.CostMax(model, offer).Usd <= usd;
}
