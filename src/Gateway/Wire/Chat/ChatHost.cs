namespace Arda.Gateway.Wire.Chat;

/// <summary>Where hosts of the Chat format differ. What is not named here is as OpenAI does it.</summary>
internal sealed record ChatHost
{
    /// <summary>Knows <c>developer</c>; elsewhere it is called <c>system</c>.</summary>
    public bool HasDeveloperRole { get; init; }

    /// <summary>OpenAI's reasoning models refuse the old name, others do not know the new one.</summary>
    public string MaxTokens { get; init; } = "max_tokens";

    public bool HasStreamOptions { get; init; } = true;

    public bool HasTopK { get; init; }

    public bool HasLogprobs { get; init; } = true;

    public bool HasLogitBias { get; init; } = true;

    public bool HasUser { get; init; } = true;

    public string Seed { get; init; } = "seed";

    /// <summary>The parameters that OpenAI alone knows: cache key, verbosity, service tier.</summary>
    public bool HasOpenAiExtras { get; init; }

    public bool HasServiceTier { get; init; }

    public bool HasEffort { get; init; } = true;

    /// <summary>Thoughts go back as <c>reasoning_content</c>; other hosts refuse the member.</summary>
    public bool TakesThoughts { get; init; }

    /// <summary>Switches thinking with <c>thinking.type</c>.</summary>
    public bool HasThinkingSwitch { get; init; }

    /// <summary>OpenRouter: carries every vendor's thoughts and cache marks.</summary>
    public bool IsOpenRouter { get; init; }

    public bool IsMistral { get; init; }

    /// <summary>Message content must be one string where it is only text.</summary>
    public bool WantsPlainText { get; init; }

    public static ChatHost Of(string provider) =>
        provider switch
        {
            "openai" or "azure" => OpenAi,
            "mistral" => Mistral,
            "openrouter" => new ChatHost { IsOpenRouter = true, HasTopK = true },
            "deepseek" => new ChatHost
            {
                TakesThoughts = true,
                HasThinkingSwitch = true,
                WantsPlainText = true,
                HasLogitBias = false,
                HasUser = false,
            },
            "zai" => new ChatHost
            {
                TakesThoughts = true,
                HasThinkingSwitch = true,
                HasEffort = false,
                HasLogprobs = false,
                HasLogitBias = false,
            },
            "moonshot" => new ChatHost { TakesThoughts = true, HasLogitBias = false },
            "groq" => new ChatHost
            {
                MaxTokens = "max_completion_tokens",
                HasServiceTier = true,
                HasLogprobs = false,
                HasLogitBias = false,
            },
            "cerebras" => new ChatHost { MaxTokens = "max_completion_tokens" },
            "xai" => new ChatHost { HasLogitBias = false },
            "together" or "fireworks" => new ChatHost { HasTopK = true },
            "alibaba" or "minimax" => new ChatHost { HasTopK = true, HasLogitBias = false },
            _ => new ChatHost(),
        };

    private static readonly ChatHost OpenAi = new()
    {
        HasDeveloperRole = true,
        MaxTokens = "max_completion_tokens",
        HasOpenAiExtras = true,
        HasServiceTier = true,
    };

    private static readonly ChatHost Mistral = new()
    {
        IsMistral = true,
        HasStreamOptions = false,
        HasLogprobs = false,
        HasLogitBias = false,
        HasUser = false,
        Seed = "random_seed",
        HasEffort = false,
    };

    public string CallId(string id) =>
        IsMistral ? ToolCallIds.ForMistral(id) : ToolCallIds.ForOpenAiChat(id);
}
