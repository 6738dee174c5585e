using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>A whole answer of <c>/v1/chat/completions</c>, in OpenAI's shape.</summary>
public sealed record GatewayChatCompletion
{
    /// <summary>The answer's id.</summary>
    public string? Id { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long? Created { get; init; }

    /// <summary>The answers; one unless <c>n</c> asked for more.</summary>
    public required IReadOnlyList<GatewayChatChoice> Choices { get; init; }

    /// <summary>What was used, and what it cost.</summary>
    public GatewayUsage? Usage { get; init; }

    /// <summary>Further members as they came.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }

    /// <summary>The text of the first answer; empty when it has none.</summary>
    [JsonIgnore]
    public string Text => Choices is [var first, ..] ? first.Message.Content?.ToString() ?? "" : "";
}

/// <summary>One answer.</summary>
public sealed record GatewayChatChoice
{
    /// <summary>Its place in the list.</summary>
    public int Index { get; init; }

    /// <summary>What the model said.</summary>
    public required GatewayChatMessage Message { get; init; }

    /// <summary>Why it ended: <c>stop</c>, <c>length</c>, <c>tool_calls</c> …</summary>
    public string? FinishReason { get; init; }

    /// <summary>Further members as they came, such as <c>logprobs</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>A piece of a streamed answer, in OpenAI's shape.</summary>
public sealed record GatewayChatChunk
{
    /// <summary>The answer's id.</summary>
    public string? Id { get; init; }

    /// <summary>The model that answers.</summary>
    public string? Model { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long? Created { get; init; }

    /// <summary>What is new; empty on the piece that carries the usage.</summary>
    public IReadOnlyList<GatewayChatChunkChoice> Choices
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>On the last piece: what was used, and what it cost.</summary>
    public GatewayUsage? Usage { get; init; }

    /// <summary>Further members as they came.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }

    /// <summary>The new text of the first answer; empty when there is none.</summary>
    [JsonIgnore]
    public string Text => Choices is [var first, ..] ? first.Delta?.Content ?? "" : "";
}

/// <summary>What is new in one answer.</summary>
public sealed record GatewayChatChunkChoice
{
    /// <summary>Which answer.</summary>
    public int Index { get; init; }

    /// <summary>What is new.</summary>
    public GatewayChatDelta? Delta { get; init; }

    /// <summary>Why it ended, on its last piece.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Further members as they came.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>New words and calls.</summary>
public sealed record GatewayChatDelta
{
    /// <summary>On the first piece: <c>assistant</c>.</summary>
    public string? Role { get; init; }

    /// <summary>New text.</summary>
    public string? Content { get; init; }

    /// <summary>Pieces of calls; put them together by
    /// <see cref="GatewayChatToolCall.Index"/>.</summary>
    public IReadOnlyList<GatewayChatToolCall>? ToolCalls { get; init; }

    /// <summary>Further members as they came, such as <c>refusal</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}
