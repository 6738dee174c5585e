using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Ledger;
using Arda.Gateway.Routing;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Models;

/// <summary>The catalog and the options of a model picker on the wire.</summary>
internal static class CatalogJson
{
    public static void Write(Utf8JsonWriter json, PricedCatalog catalog, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("as_of", Day(catalog.AsOf));
        WriteContext(json, catalog.Markups);
        json.WriteStartArray("models");
        foreach (var model in catalog.Models)
        {
            WriteModel(json, model, catalog, now);
        }

        json.WriteEndArray();
        WriteAutoRoute(json, catalog);
        json.WriteEndObject();
    }

    /// <summary>For a key that may not read it.</summary>
    public static void WriteNothing(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNull("as_of");
        json.WriteNull("pricing_context");
        json.WriteStartArray("models");
        json.WriteEndArray();
        json.WriteNull("auto_route");
        json.WriteEndObject();
    }

    /// <summary>The member <c>auto_route</c>: what a picker of modes shows.</summary>
    public static void WriteAutoRoute(Utf8JsonWriter json, PricedCatalog? catalog)
    {
        if (catalog?.Auto is null)
        {
            json.WriteNull("auto_route");
            return;
        }

        json.WriteStartObject("auto_route");
        json.WriteString("model", RoutingModes.Auto);
        json.WriteTexts("modes", RoutingModes.All);
        json.WriteTexts("intents", RoutingModes.Intents);
        json.WriteString("default_mode", RoutingModes.Balanced);
        json.WriteEndObject();
    }

    public static void WriteOption(Utf8JsonWriter json, PricedModel model, PricedCatalog catalog)
    {
        json.WriteStartObject();
        json.WriteString("id", model.Listed.Id);
        json.WriteString("name", model.Listed.Name);
        json.WriteString("type", Word(model.Listed.Type));
        json.WriteString("disclosure", model.Disclosure);
        WritePricing(json, model.Listed, catalog.Markups);
        WriteEstimate(json, model, catalog.Question);
        json.WriteTexts("capabilities", model.Listed.Capabilities);
        json.WriteBoolean("is_auto_route", model.IsAuto);
        json.WriteEndObject();
    }

    private static void WriteContext(Utf8JsonWriter json, Markups markups)
    {
        json.WriteStartObject("pricing_context");
        json.WriteString("currency", "USD");
        json.WriteString("unit", "per_million_tokens");
        json.WriteNumber("gateway_markup_bps", markups.GatewayBps);
        json.WriteNumber("reseller_markup_bps", markups.ResellerBps);
        json.WriteString("reseller_name", markups.ResellerName);
        json.WriteBoolean("includes_markup", true);
        json.WriteString("disclosure", Disclosures.OfPrices(markups));
        json.WriteEndObject();
    }

    private static void WriteModel(
        Utf8JsonWriter json,
        PricedModel priced,
        PricedCatalog catalog,
        DateTimeOffset now
    )
    {
        var listed = priced.Listed;
        json.WriteStartObject();
        json.WriteString("id", listed.Id);
        json.WriteString("name", listed.Name);
        json.WriteString("type", Word(listed.Type));
        json.WriteString("vendor", listed.OwnedBy);
        json.WriteString("status", Word(listed.Model!.StatusAt(now)));
        json.WriteString(
            "retires_at",
            listed.Model.Lifecycle.RetiresAt is { } end ? Day(end) : null
        );
        json.WriteNumber("context_window", listed.ContextWindow);
        json.WriteOptional(
            "max_output_tokens",
            listed.Type == ModelType.Embedding ? null : listed.MaxOutput
        );
        json.WriteTexts("input_modalities", listed.InputModalities);
        json.WriteTexts("capabilities", listed.Capabilities);
        json.WriteTexts("aliases", listed.Model.Aliases);
        json.WriteTexts("providers", [.. listed.Offers.Select(o => o.ProviderId).Distinct()]);
        WritePricing(json, listed, catalog.Markups);
        json.WriteString("disclosure", priced.Disclosure);
        WriteEstimate(json, priced, catalog.Question);
        json.WriteEndObject();
    }

    private static void WritePricing(Utf8JsonWriter json, ListedModel listed, Markups markups)
    {
        if (listed.Rates is not { } rates)
        {
            json.WriteNull("pricing");
            return;
        }

        json.WriteStartObject("pricing");
        json.WriteString("currency", "USD");
        json.WriteString("unit", "per_million_tokens");
        PriceJson.WriteRates(json, rates, markups.Factor);
        if (listed.Tiers.Count > 0)
        {
            json.WriteStartArray("tiers");
            foreach (var tier in listed.Tiers)
            {
                json.WriteStartObject();
                json.WriteNumber("from_input_tokens", tier.FromInputTokens);
                PriceJson.WriteRates(json, tier.Rates, markups.Factor);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteEstimate(
        Utf8JsonWriter json,
        PricedModel priced,
        CatalogQuestion question
    )
    {
        if (priced.Estimate is not { } parts)
        {
            json.WriteNull("estimated_cost");
            return;
        }

        json.WriteStartObject("estimated_cost");
        json.WriteOptional("input_tokens", question.InputTokens);
        json.WriteOptional("output_tokens", question.OutputTokens);
        json.WriteCost(parts);
        json.WriteEndObject();
    }

    /// <summary>The same members as in <c>usage</c> of an answer.</summary>
    public static void WriteCost(this Utf8JsonWriter json, ChargeParts parts) =>
        CostJson.WriteMembers(
            json,
            new Cost(parts.Total, parts.Base, parts.GatewayMarkup, parts.ResellerMarkup)
        );

    private static string Day(DateOnly day) =>
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
