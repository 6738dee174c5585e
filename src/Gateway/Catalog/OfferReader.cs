using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>Reads how a model is sold; what is wrong goes into the list of problems.</summary>
/// <param name="providers">Ids of all that may sell.</param>
internal sealed class OfferReader(IReadOnlyCollection<string> providers)
{
    private static readonly IReadOnlyDictionary<string, OfferProtocol> Protocols = new Dictionary<
        string,
        OfferProtocol
    >(StringComparer.Ordinal)
    {
        ["openai.chat"] = OfferProtocol.OpenAiChat,
        ["openai.responses"] = OfferProtocol.OpenAiResponses,
        ["anthropic.messages"] = OfferProtocol.AnthropicMessages,
        ["gemini.generateContent"] = OfferProtocol.GeminiGenerate,
        ["openai.embeddings"] = OfferProtocol.OpenAiEmbeddings,
        ["gemini.batchEmbedContents"] = OfferProtocol.GeminiEmbed,
    };

    public IReadOnlyList<Offer> ReadAll(FieldReader from, string model, long window, long maxOutput)
    {
        var offers = new List<Offer>();
        var seen = new HashSet<(string, string)>();
        foreach (var item in from.ItemsOf(from.Need("offers", "[{ \"provider\": \"openai\", … }]")))
        {
            if (from.ObjectOf(item) is not { } reader)
            {
                continue;
            }
            if (Read(reader, model, window, maxOutput) is not { } offer)
            {
                continue;
            }
            if (!seen.Add((offer.ProviderId, offer.UpstreamId)))
            {
                from.Problem(
                    item,
                    "this provider sells the same model here twice",
                    "keep one offer"
                );
            }
            CheckNeighbours(reader, offer, offers);
            offers.Add(offer);
        }
        if (offers.Count == 0)
        {
            from.Problem(
                from.At,
                "the model has no offer",
                "add one to \"offers\", or \"remove\": true"
            );
        }
        return offers;
    }

    private Offer? Read(FieldReader from, string model, long window, long maxOutput)
    {
        from.Flag("remove");
        var provider = from.Text("provider", "\"openai\"");
        if (provider.Length > 0 && !providers.Contains(provider))
        {
            var near = Suggestions.Nearest(provider, providers);
            from.Problem(
                from.At.Member("provider")!,
                $"there is no provider \"{provider}\"",
                near is null ? "add it to \"providers\"" : $"did you mean \"{near}\"?"
            );
        }
        var upstream = from.Text("upstream_id", "\"gpt-5.5\"");
        var protocols = from.ItemsOf(from.Need("protocols", "[\"openai.chat\"]"))
            .Select(i => from.Word(i, Protocols))
            .OfType<OfferProtocol>()
            .ToList();
        var terms = from.ObjectOf(from.Need("price", PriceReader.Example)) is { } price
            ? PriceReader.Read(price, model, provider, upstream)
            : null;
        var offer = new Offer
        {
            ModelId = model,
            ProviderId = provider,
            UpstreamId = upstream,
            Protocols = protocols,
            ContextWindow = from.Count("context_window") ?? window,
            MaxInput = from.Count("max_input"),
            MaxOutput = from.Count("max_output") ?? maxOutput,
            MinCacheableTokens = from.Count("min_cacheable_tokens"),
            ServiceTiers = from.Texts("service_tiers"),
            DeprecatedAt = from.Date("deprecated_at"),
            DeactivatesAt = from.Date("deactivates_at"),
            Price = new PriceSheet(
                terms
                    ?? new()
                    {
                        Model = model,
                        Provider = provider,
                        UpstreamId = upstream,
                        Rates = Rates.None,
                    }
            ),
        };
        from.Done();
        return offer;
    }

    private static void CheckNeighbours(FieldReader offer, Offer mine, List<Offer> others)
    {
        var price = offer.At.Member("price");
        if (
            others.Count == 0
            || price is null
            || price.Member("confirm_price") is { Kind: JsonValueKind.True }
        )
        {
            return;
        }
        var reader = offer.ObjectOf(price);
        if (reader is not null)
        {
            PriceSense.CheckNeighbours(
                reader,
                mine.Price.Rates,
                others[0].Price.Rates,
                others[0].ProviderId
            );
        }
    }
}
