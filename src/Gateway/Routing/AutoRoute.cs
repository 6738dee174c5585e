using System.Globalization;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Routing;

/// <summary>
/// arda/auto by a plain rule over the catalog (docs/guides/auto.md). After the gates, with q the
/// catalog's intelligence score and p the provider's list price of three prompt tokens and one
/// answer token, no markup in it, so that nobody's margin steers the choice:
/// <list type="bullet">
/// <item><c>best</c>: the highest q.</item>
/// <item><c>balanced</c>: the lowest p among models with at least 3/4 of the highest q.</item>
/// <item><c>cheap</c>: the lowest p among models with at least 2/5 of the highest q.</item>
/// <item><c>fast</c>: the most tokens a second among models with at least 1/2 of the highest q.</item>
/// </list>
/// Ties go to the lower price, then to the name. The price does not hang on the prompt's length, so
/// a conversation that grows stays with its model until a gate closes.
/// </summary>
public static class AutoRoute
{
    // Who takes over when the chosen model's offers all fail before the first byte.
    private const int ModelsMax = 3;

    private const string Quality = "catalog_intelligence";
    private const string Speed = "output_tokens_per_second";

    private readonly record struct Scored(RoutedModel One, double Quality, double Speed, long Price)
    {
        public string Id => One.Model.Id;
    }

    public static Outcome<RouteChoice> Choose(IReadOnlyList<Model> models, RouteQuestion question)
    {
        if (RoutingModes.Refuse(question.Wish) is { } unknown)
        {
            return unknown;
        }

        if (RouteGates.Pass(models, question).Denied(out var denial, out var eligible))
        {
            return denial;
        }

        var mode = question.Wish?.Mode ?? RoutingModes.Balanced;
        var ranked = Rank(mode, Payable(question, Healthy(question, eligible)), question);
        var chosen = ranked[0];
        return new RouteChoice(
            [.. ranked.Take(ModelsMax).Select(scored => scored.One)],
            ClassOf(question),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{mode}: {chosen.Id} of {eligible.Count} eligible models (score {chosen.Quality:0.#})."
            )
        );
    }

    /// <summary>The intent where the app named one, else what the request's form tells.</summary>
    private static string ClassOf(RouteQuestion question) =>
        question.Wish?.Intent
        ?? (
            question.Features.HasFlag(RequestFeatures.Vision) ? "vision"
            : question.Features.HasFlag(RequestFeatures.Tools) ? "tool_use"
            : RoutingModes.GeneralClass
        );

    // An open circuit or an empty purse gives way to another model, but alone it refuses nobody:
    // the provider may be back, and what a balance allows only the store decides.
    private static IReadOnlyList<RoutedModel> Healthy(
        RouteQuestion question,
        IReadOnlyList<RoutedModel> models
    ) => Prefer(models, (_, offer) => question.IsReady(offer));

    private static IReadOnlyList<RoutedModel> Payable(
        RouteQuestion question,
        IReadOnlyList<RoutedModel> models
    ) =>
        question.Affordable is { } affordable
            ? Prefer(models, (model, offer) => question.CostMax(model, offer) <= affordable)
            : models;

    private static IReadOnlyList<RoutedModel> Prefer(
        IReadOnlyList<RoutedModel> models,
        Func<Model, Offer, bool> isGood
    )
    {
        IReadOnlyList<RoutedModel> good =
        [
            .. models
                .Select(one =>
                    one with
                    {
                        Offers = [.. one.Offers.Where(o => isGood(one.Model, o))],
                    }
                )
                .Where(one => one.Offers.Count > 0),
        ];
        return good.Count > 0 ? good : models;
    }

    private static List<Scored> Rank(
        string mode,
        IReadOnlyList<RoutedModel> models,
        RouteQuestion question
    )
    {
        var scored = models.Select(one => ScoreOf(one, question)).ToList();
        var floor = FloorOf(mode) * scored.Max(s => s.Quality);
        IOrderedEnumerable<Scored> ranked = scored.OrderBy(s => s.Quality < floor);
        ranked = mode switch
        {
            RoutingModes.Best => ranked.ThenByDescending(s => s.Quality),
            RoutingModes.Fast => ranked.ThenByDescending(s => s.Speed),
            _ => ranked,
        };
        return [.. ranked.ThenBy(s => s.Price).ThenBy(s => s.Id, StringComparer.Ordinal)];
    }

    private static double FloorOf(string mode) =>
        mode switch
        {
            RoutingModes.Balanced => 0.75,
            RoutingModes.Fast => 0.5,
            RoutingModes.Cheap => 0.4,
            _ => 0,
        };

    private static Scored ScoreOf(RoutedModel one, RouteQuestion question) =>
        new(
            one,
            one.Model.Scores.GetValueOrDefault(Quality),
            one.Model.Scores.GetValueOrDefault(Speed),
            one.Offers.Min(offer => BlendedPrice(offer, question.At))
        );

    // Pico-dollars of three prompt tokens and one answer token.
    private static long BlendedPrice(Offer offer, DateTimeOffset at)
    {
        var rates = offer.Price.RatesAt(at);
        return checked((3 * (rates.Input ?? 0)) + (rates.Output ?? 0));
    }
}
