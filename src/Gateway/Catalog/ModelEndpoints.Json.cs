using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Catalog;

/// <summary>The two shapes of a listed model.</summary>
internal static class ModelJson
{
    public static void WriteOpenAiList(
        IReadOnlyList<ListedModel> models,
        decimal priceFactor,
        IBufferWriter<byte> to
    )
    {
        using var json = WireJson.NewWriter(to);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var model in models)
        {
            WriteOpenAi(json, model, priceFactor);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteOpenAi(ListedModel model, decimal priceFactor, IBufferWriter<byte> to)
    {
        using var json = WireJson.NewWriter(to);
        WriteOpenAi(json, model, priceFactor);
    }

    public static void WriteAnthropicList(ModelPage page, IBufferWriter<byte> to)
    {
        using var json = WireJson.NewWriter(to);
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var model in page.Models)
        {
            WriteAnthropic(json, model);
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more"u8, page.HasMore);
        json.WriteString("first_id"u8, page.Models is [var first, ..] ? first.Id : null);
        json.WriteString("last_id"u8, page.Models is [.., var last] ? last.Id : null);
        json.WriteEndObject();
    }

    public static void WriteAnthropic(ListedModel model, IBufferWriter<byte> to)
    {
        using var json = WireJson.NewWriter(to);
        WriteAnthropic(json, model);
    }

    private static void WriteAnthropic(Utf8JsonWriter json, ListedModel model)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "model"u8);
        json.WriteString("id"u8, model.Id);
        json.WriteString("display_name"u8, model.Name);
        json.WriteString(
            "created_at"u8,
            model.CreatedAt.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'",
                CultureInfo.InvariantCulture
            )
        );
        json.WriteEndObject();
    }

    // The first four members are OpenAI's; its clients keep or ignore the rest.
    private static void WriteOpenAi(Utf8JsonWriter json, ListedModel model, decimal priceFactor)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.CreatedAt.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, model.OwnedBy);
        json.WriteString("name"u8, model.Name);
        json.WriteString("type"u8, model.Type.ToString().ToLowerInvariant());
        json.WriteNumber("context_window"u8, model.ContextWindow);
        if (model.Type != ModelType.Embedding)
        {
            json.WriteNumber("max_output_tokens"u8, model.MaxOutput);
        }

        WriteTexts(json, "input_modalities", model.InputModalities);
        WriteTexts(json, "capabilities", model.Capabilities);
        if (model.Model is { } known)
        {
            WriteFacts(json, model, known);
        }

        if (model.Rates is { } rates)
        {
            WritePricing(json, rates, model.Tiers, priceFactor);
        }

        json.WriteEndObject();
    }

    private static void WriteFacts(Utf8JsonWriter json, ListedModel model, Model known)
    {
        WriteTexts(json, "providers", [.. model.Offers.Select(o => o.ProviderId).Distinct()]);
        if (known.Aliases.Count > 0)
        {
            WriteTexts(json, "aliases", known.Aliases);
        }

        if (known.Capabilities.ReasoningEfforts is { Count: > 0 } efforts)
        {
            WriteTexts(json, "reasoning_efforts", efforts);
        }

        if (known.Embedding is { } embedding)
        {
            json.WriteNumber("dimensions"u8, embedding.Dimensions);
        }

        if (known.KnowledgeCutoff is { } cutoff)
        {
            json.WriteString("knowledge_cutoff"u8, cutoff);
        }

        if (known.Lifecycle.RetiresAt is { } end)
        {
            json.WriteString(
                "retires_at"u8,
                end.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            );
        }
    }

    private static void WritePricing(
        Utf8JsonWriter json,
        Rates rates,
        IReadOnlyList<PriceTier> tiers,
        decimal factor
    )
    {
        json.WriteStartObject("pricing"u8);
        json.WriteString("currency"u8, "USD"u8);
        json.WriteString("unit"u8, "per_million_tokens"u8);
        PriceJson.WriteRates(json, rates, factor);
        if (tiers.Count > 0)
        {
            json.WriteStartArray("tiers"u8);
            foreach (var tier in tiers)
            {
                json.WriteStartObject();
                json.WriteNumber("from_input_tokens"u8, tier.FromInputTokens);
                PriceJson.WriteRates(json, tier.Rates, factor);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
