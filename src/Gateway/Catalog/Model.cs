namespace Arda.Gateway.Catalog;

/// <summary>A model as callers name it, whoever sells it.</summary>
public sealed record Model
{
    public required string Id { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public required string Name { get; init; }

    public required string Vendor { get; init; }

    public required string Family { get; init; }

    public required ModelType Type { get; init; }

    /// <summary>Prompt and answer together, in tokens.</summary>
    public required long ContextWindow { get; init; }

    /// <summary>The longest answer in tokens; 0 for embeddings, the context window where the vendor
    /// names no limit.</summary>
    public required long MaxOutput { get; init; }

    /// <summary>What a prompt may hold: text, image, pdf, audio, video.</summary>
    public required IReadOnlyList<string> InputModalities { get; init; }

    public required Capabilities Capabilities { get; init; }

    public EmbeddingFacts? Embedding { get; init; }

    /// <summary>First day of sale; the first of the month or year where no more is known.</summary>
    public DateOnly? ReleaseDate { get; init; }

    /// <summary>As the vendor states it: "2025", "2025-01" or "2025-01-31".</summary>
    public string? KnowledgeCutoff { get; init; }

    public bool? OpenWeights { get; init; }

    public required Lifecycle Lifecycle { get; init; }

    /// <summary>False keeps arda/auto away from the model; naming it still works.</summary>
    public bool AutoRoute { get; init; } = true;

    public required IReadOnlyList<Offer> Offers { get; init; }

    /// <summary>Benchmark to value. Different benchmarks are never compared with each other.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary>Computed from the dates and the clock, never stored: a status in a file grows old.</summary>
    public ModelStatus StatusAt(DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        if (Lifecycle.RetiresAt <= day || Offers.All(o => !o.IsSoldAt(at)))
        {
            return ModelStatus.Retired;
        }
        if (
            Lifecycle.Deprecated
            || Lifecycle.DeprecatedAt <= day
            || Lifecycle.RetiresAt is not null
        )
        {
            return ModelStatus.Deprecated;
        }
        return Lifecycle.Preview ? ModelStatus.Preview : ModelStatus.Active;
    }
}

public enum ModelType
{
    Language,
    Embedding,
    Image,
}

public enum ModelStatus
{
    Active,
    Preview,

    /// <summary>Still sold, but its end is announced.</summary>
    Deprecated,

    /// <summary>No longer sold: not listed, and calling it is "model not found" with a successor.</summary>
    Retired,
}

public sealed record Lifecycle
{
    public bool Preview { get; init; }

    public bool Deprecated { get; init; }

    public DateOnly? DeprecatedAt { get; init; }

    /// <summary>The first UTC day on which it is gone.</summary>
    public DateOnly? RetiresAt { get; init; }

    /// <summary>Id of the model to use instead, where somebody named one.</summary>
    public string? Successor { get; init; }
}

public sealed record Capabilities
{
    public static readonly Capabilities None = new();

    public bool Tools { get; init; }

    public bool StructuredOutput { get; init; }

    public bool JsonMode { get; init; }

    public bool Vision { get; init; }

    public bool Pdf { get; init; }

    public bool AudioInput { get; init; }

    public bool Reasoning { get; init; }

    public bool WebSearch { get; init; }

    public bool PromptCaching { get; init; }

    /// <summary>False: the model refuses temperature and top_p. Null: not known.</summary>
    public bool? Temperature { get; init; }

    /// <summary>The efforts it takes; empty: not known or none.</summary>
    public IReadOnlyList<string> ReasoningEfforts { get; init; } = [];
}

public sealed record EmbeddingFacts(int Dimensions, int MaxDimensions, bool DimensionsParameter);
