using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>Reads one of the catalog's <c>models</c> with its offers.</summary>
/// <param name="providers">Ids of all that may sell.</param>
internal sealed class ModelReader(IReadOnlyCollection<string> providers)
{
    private static readonly IReadOnlyDictionary<string, ModelType> Types = new Dictionary<
        string,
        ModelType
    >(StringComparer.Ordinal)
    {
        ["language"] = ModelType.Language,
        ["embedding"] = ModelType.Embedding,
        ["image"] = ModelType.Image,
    };

    private static readonly string[] Modalities = ["text", "image", "pdf", "audio", "video"];

    public Model Read(FieldReader from)
    {
        from.Flag("remove");
        var id = from.Slug("id", "\"gpt-5.5\"");
        var type = from.Word(from.Need("type", "\"language\""), Types) ?? default;
        var window = from.Need("context_window", "128000") is null
            ? null
            : from.Count("context_window");
        var maxOutput = from.Count("max_output") ?? (type == ModelType.Embedding ? 0 : window ?? 0);
        var model = new Model
        {
            Id = id,
            Aliases = from.Texts("aliases"),
            Name = from.Text("name", "\"GPT-5.5\""),
            Vendor = from.Slug("vendor", "\"openai\""),
            Family = from.OptionalText("family") ?? id,
            Type = type,
            ContextWindow = window ?? 0,
            MaxOutput = maxOutput,
            InputModalities = ReadModalities(from),
            Capabilities = ReadCapabilities(from),
            Embedding = ReadEmbedding(from),
            ReleaseDate = ReadPartialDate(from, "released"),
            KnowledgeCutoff = from.OptionalText("knowledge_cutoff"),
            OpenWeights = from.Flag("open_weights"),
            Lifecycle = new()
            {
                Preview = from.Flag("preview") ?? false,
                Deprecated = from.Flag("deprecated") ?? false,
                DeprecatedAt = from.Date("deprecated_at"),
                RetiresAt = from.Date("retires_at"),
                Successor = from.OptionalText("successor"),
            },
            AutoRoute = from.Flag("auto_route") ?? true,
            Offers = new OfferReader(providers).ReadAll(from, id, window ?? 0, maxOutput),
            Scores = ReadScores(from),
        };
        from.Done();
        return model;
    }

    private static IReadOnlyList<string> ReadModalities(FieldReader from)
    {
        var found = from.ItemsOf(from.Need("input", "[\"text\"]"));
        return [.. found.Where(i => ReadWord(i) is not null).Select(i => i.Text)];

        string? ReadWord(SourceValue item)
        {
            if (item.Kind == JsonValueKind.String && Modalities.Contains(item.Text))
            {
                return item.Text;
            }
            from.Problem(
                item,
                $"{item.Described} is no kind of input",
                "write text, image, pdf, audio or video"
            );
            return null;
        }
    }

    private static Capabilities ReadCapabilities(FieldReader from)
    {
        var known = new HashSet<string>(
            [
                "tools",
                "structured_output",
                "json_mode",
                "vision",
                "pdf",
                "audio_input",
                "reasoning",
                "web_search",
                "prompt_caching",
            ],
            StringComparer.Ordinal
        );
        var has = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in from.ItemsOf(from.Find("capabilities")))
        {
            if (item.Kind == JsonValueKind.String && known.Contains(item.Text))
            {
                has.Add(item.Text);
                continue;
            }
            var near = Suggestions.Nearest(item.Text, known);
            from.Problem(
                item,
                $"{item.Described} is no capability",
                near is null ? $"write some of {string.Join(", ", known)}" : $"write \"{near}\""
            );
        }
        return new()
        {
            Tools = has.Contains("tools"),
            StructuredOutput = has.Contains("structured_output"),
            JsonMode = has.Contains("json_mode"),
            Vision = has.Contains("vision"),
            Pdf = has.Contains("pdf"),
            AudioInput = has.Contains("audio_input"),
            Reasoning = has.Contains("reasoning"),
            WebSearch = has.Contains("web_search"),
            PromptCaching = has.Contains("prompt_caching"),
            Temperature = from.Flag("sampling"),
            ReasoningEfforts = from.Texts("reasoning_efforts"),
        };
    }

    private static EmbeddingFacts? ReadEmbedding(FieldReader from)
    {
        if (from.ObjectOf(from.Find("embedding")) is not { } embedding)
        {
            return null;
        }
        embedding.Need("dimensions", "1536");
        var dimensions = (int)(embedding.Count("dimensions", 1_000_000) ?? 1);
        var facts = new EmbeddingFacts(
            dimensions,
            (int)(embedding.Count("max_dimensions", 1_000_000) ?? dimensions),
            embedding.Flag("dimensions_parameter") ?? false
        );
        embedding.Done();
        return facts;
    }

    /// <summary>"2025", "2025-01" or "2025-01-31"; the first day of what is named.</summary>
    private static DateOnly? ReadPartialDate(FieldReader from, string name)
    {
        if (from.OptionalText(name) is not { } text)
        {
            return null;
        }
        var whole = text.Length switch
        {
            4 => text + "-01-01",
            7 => text + "-01",
            _ => text,
        };
        const DateTimeStyles exact = DateTimeStyles.None;
        if (
            DateOnly.TryParseExact(
                whole,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                exact,
                out var day
            )
        )
        {
            return day;
        }
        from.Problem(
            from.At.Member(name)!,
            $"\"{text}\" is not a day",
            "write it as \"2026-09-23\""
        );
        return null;
    }

    private static IReadOnlyDictionary<string, double> ReadScores(FieldReader from)
    {
        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (from.ObjectOf(from.Find("scores")) is { } reader)
        {
            foreach (var (name, value) in reader.At.Members)
            {
                const NumberStyles plain = NumberStyles.Float;
                if (
                    value.Kind == JsonValueKind.Number
                    && double.TryParse(
                        value.Text,
                        plain,
                        CultureInfo.InvariantCulture,
                        out var score
                    )
                )
                {
                    scores[name] = score;
                }
                else
                {
                    reader.Problem(
                        value,
                        $"{value.Described} is not a score",
                        "write a number, such as 52.7"
                    );
                }
            }
        }
        return scores;
    }
}
