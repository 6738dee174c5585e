namespace Arda.Gateway.Kernel;

/// <summary>
/// What one upstream answer used, by the classes that have prices of their own. The classes do not
/// overlap: their sum is everything that was billed. Readers of each wire format turn the
/// provider's nested counts (cached inside or outside of input, reasoning inside or outside of
/// output) into these. All counts are tokens and never negative.
/// </summary>
public sealed record TokenUsage
{
    public static readonly TokenUsage Zero = new();

    /// <summary>Prompt tokens neither read from nor written to a cache; text and, where the provider
    /// does not count them apart, audio and images too.</summary>
    public long Input { get; init; }

    public long CacheRead { get; init; }

    /// <summary>Cache writes of a provider with one write rate (OpenAI from GPT-5.6 on).</summary>
    public long CacheWrite { get; init; }

    /// <summary>Anthropic cache writes that live five minutes.</summary>
    public long CacheWrite5m { get; init; }

    /// <summary>Anthropic cache writes that live one hour.</summary>
    public long CacheWrite1h { get; init; }

    public long AudioInput { get; init; }

    public long ImageInput { get; init; }

    /// <summary>Output tokens without reasoning.</summary>
    public long Output { get; init; }

    /// <summary>Hidden or shown reasoning, billed as output unless the price names its own rate.</summary>
    public long Reasoning { get; init; }

    public long ImageOutput { get; init; }

    /// <summary>Searches the provider ran on its own, billed per event.</summary>
    public long WebSearches { get; init; }

    /// <summary>The tier that the upstream says it used ("priority", "flex"); null is standard.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>The whole prompt: what long-context price tiers look at.</summary>
    public long PromptTotal =>
        checked(
            Input + CacheRead + CacheWrite + CacheWrite5m + CacheWrite1h + AudioInput + ImageInput
        );

    public long OutputTotal => checked(Output + Reasoning + ImageOutput);

    public bool IsValid =>
        (
            Input
            | CacheRead
            | CacheWrite
            | CacheWrite5m
            | CacheWrite1h
            | AudioInput
            | ImageInput
            | Output
            | Reasoning
            | ImageOutput
            | WebSearches
        ) >= 0;
}

/// <summary>How we know what was used.</summary>
public enum UsageSource
{
    /// <summary>The provider said so.</summary>
    Provider,

    /// <summary>The provider did not say (a cut stream); counted from the bytes we saw.</summary>
    Counted,
}
