using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// A request in no vendor's words: what one dialect's reader gives and another's writer takes.
/// Only translated routes build it; a request that stays in its dialect passes through as bytes.
/// Content is an ordered list of blocks, because order is meaning: a signature belongs to the block
/// it came with and to its place.
/// </summary>
public sealed record Conversation
{
    /// <summary>The model as the client named it.</summary>
    public required string Model { get; init; }

    public bool Stream { get; init; }

    /// <summary>Chat only: the client asked for the usage chunk. Others always carry usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>System turns stand where the client put them; a writer whose format has one system
    /// text moves them to the top, in order.</summary>
    public required IReadOnlyList<Turn> Turns { get; init; }

    public IReadOnlyList<Tool> Tools { get; init; } = [];

    public ToolChoice? ToolChoice { get; init; }

    /// <summary>False forbids several calls in one turn; null leaves the model's default.</summary>
    public bool? ParallelToolCalls { get; init; }

    public long? MaxOutputTokens { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public JsonElement? LogitBias { get; init; }

    public bool Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    /// <summary>Answers wanted. Other than 1 only Chat can carry it.</summary>
    public int Choices { get; init; } = 1;

    public OutputFormat? Format { get; init; }

    public ReasoningWish? Reasoning { get; init; }

    /// <summary>The app's opaque id of its end user.</summary>
    public string? EndUser { get; init; }

    public string? ServiceTier { get; init; }

    public JsonElement? Metadata { get; init; }

    public string? PromptCacheKey { get; init; }

    /// <summary>Responses: "low" | "medium" | "high" answer length.</summary>
    public string? Verbosity { get; init; }

    /// <summary>Names of fields that the reader did not know: dropped on a translated route and
    /// listed in <c>x-arda-dropped-params</c>.</summary>
    public IReadOnlyList<string> UnknownFields { get; init; } = [];
}

public enum Role
{
    System,
    Developer,
    User,
    Assistant,
}

/// <summary>
/// One turn. Tool results are blocks of a User turn that directly follows the assistant's calls;
/// neighbours of one role are not merged here, a writer merges where its format asks for it.
/// </summary>
public sealed record Turn(Role Role, IReadOnlyList<Block> Blocks);

/// <summary>A function the caller runs itself. <paramref name="Schema"/> is JSON Schema, as sent.</summary>
public sealed record Tool(string Name, string? Description, JsonElement? Schema, bool? Strict)
{
    public CacheMark? Cache { get; init; }

    /// <summary>Set for a tool that the vendor runs (web_search, code_execution …): only its own
    /// vendor's writer can carry it; any other refuses with UnsupportedParameter.</summary>
    public VendorBag? ServerTool { get; init; }
}

public sealed record ToolChoice(ToolChoiceMode Mode, string? Name = null);

public enum ToolChoiceMode
{
    Auto,
    None,
    Any,
    Named,
}

/// <summary>Structured output. <see cref="Schema"/> null with <see cref="Json"/> is "json_object".</summary>
public sealed record OutputFormat
{
    public required bool Json { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement? Schema { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>How much the caller wants the model to think, in whichever form it said so.</summary>
public sealed record ReasoningWish
{
    /// <summary>none | minimal | low | medium | high | xhigh | max.</summary>
    public string? Effort { get; init; }

    public long? BudgetTokens { get; init; }

    /// <summary>Anthropic <c>thinking.type</c> "adaptive".</summary>
    public bool Adaptive { get; init; }

    /// <summary>Explicitly switched off.</summary>
    public bool Disabled { get; init; }

    /// <summary>Responses <c>reasoning.summary</c>; "auto" also stands for "show the thoughts".</summary>
    public string? Summary { get; init; }
}

/// <summary>A prompt cache breakpoint the client set. <paramref name="Ttl"/> is "5m" or "1h".</summary>
public sealed record CacheMark(string? Ttl);

/// <summary>Something only one vendor understands, kept whole so that it can go back to it.</summary>
public sealed record VendorBag(Vendor Vendor, JsonElement Json);

public enum Vendor
{
    OpenAi,
    Anthropic,
    Google,
    Other,
}
