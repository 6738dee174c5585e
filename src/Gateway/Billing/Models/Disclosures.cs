using System.Globalization;
using Arda.Gateway.Catalog;

namespace Arda.Gateway.Billing.Models;

/// <summary>
/// One plain sentence on what a model costs, in the money that its user pays: markups are in the
/// figures and are named. Where several providers sell it the dearest one speaks, because any of
/// them may answer.
/// </summary>
internal static class Disclosures
{
    private const decimal PicoPerUsdMillion = 1_000_000m;
    private const decimal PicoPerUsd = 1_000_000_000_000m;

    public static string Of(ListedModel model, Markups markups, DateTimeOffset now)
    {
        var rates = model.Offers.Select(offer => offer.Price.RatesAt(now)).ToList();
        List<string> parts = [];
        Add(parts, rates, r => r.Input, markups, "per million input tokens");
        if (model.Type != ModelType.Embedding)
        {
            Add(parts, rates, r => r.Output, markups, "per million output tokens");
        }

        var perRequest = rates.Max(r => r.PerRequest ?? 0);
        if (perRequest > 0)
        {
            parts.Add(Money(perRequest * markups.Factor / PicoPerUsd) + " per request");
        }

        if (parts.Count == 0)
        {
            return $"{model.Name} costs nothing.";
        }

        var more = model.Tiers is [var tier, ..]
            ? $", and more for prompts from {tier.FromInputTokens.ToString("N0", CultureInfo.InvariantCulture)} tokens"
            : "";
        return $"{model.Name} costs {Joined(parts)}{more}{Included(markups)}.";
    }

    public static string OfAuto(string name, IEnumerable<ListedModel> choices, Markups markups)
    {
        var outputs = choices
            .Select(model => (model.Rates?.Output ?? 0) * markups.Factor / PicoPerUsdMillion)
            .ToList();
        const string Rule = "chooses a model for each request, and you pay what that model costs";
        return outputs.Count == 0
            ? $"{name} {Rule}."
            : $"{name} {Rule}: {Money(outputs.Min())} to {Money(outputs.Max())} per million output "
                + $"tokens{Included(markups)}.";
    }

    /// <summary>For all prices of a catalog together.</summary>
    public static string OfPrices(Markups markups) =>
        markups.InWords is { } words
            ? $"Prices include {words}."
            : "Prices are those of the model's provider, with nothing added.";

    private static void Add(
        List<string> parts,
        IReadOnlyList<Rates> rates,
        Func<Rates, long?> part,
        Markups markups,
        string unit
    )
    {
        var amounts = rates.Select(part).OfType<long>().ToList();
        if (amounts.Count > 0 && amounts.Max() > 0)
        {
            var upTo = amounts.Min() < amounts.Max() ? "up to " : "";
            parts.Add($"{upTo}{Money(amounts.Max() * markups.Factor / PicoPerUsdMillion)} {unit}");
        }
    }

    private static string Joined(List<string> parts) =>
        parts.Count == 1 ? parts[0] : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    private static string Included(Markups markups) =>
        markups.InWords is { } words ? $", including {words}" : "";

    // Two decimals as prices have them, and more where there are more.
    private static string Money(decimal usd) =>
        "$" + usd.ToString("0.00######", CultureInfo.InvariantCulture);
}
