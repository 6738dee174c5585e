using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>One turn of a conversation.</summary>
public sealed record GatewayChatMessage
{
    /// <summary><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Text, or parts such as images; null where an assistant only calls tools.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public GatewayChatContent? Content { get; init; }

    /// <summary>What the assistant wants called.</summary>
    public IReadOnlyList<GatewayChatToolCall>? ToolCalls { get; init; }

    /// <summary>Of a <c>tool</c> message: the call that it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Further members as they came, such as <c>refusal</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }

    /// <summary>How the model is to behave.</summary>
    /// <param name="text">The instruction.</param>
    public static GatewayChatMessage System(string text) =>
        new() { Role = "system", Content = text };

    /// <summary>What the user says.</summary>
    /// <param name="content">A text, or parts.</param>
    public static GatewayChatMessage User(GatewayChatContent content) =>
        new() { Role = "user", Content = content };

    /// <summary>What the model said before.</summary>
    /// <param name="text">Its words.</param>
    public static GatewayChatMessage Assistant(string text) =>
        new() { Role = "assistant", Content = text };

    /// <summary>What a called function answered.</summary>
    /// <param name="toolCallId">The call's id.</param>
    /// <param name="content">The answer.</param>
    public static GatewayChatMessage Tool(string toolCallId, string content) =>
        new()
        {
            Role = "tool",
            ToolCallId = toolCallId,
            Content = content,
        };
}

/// <summary>A call that the model wants made.</summary>
public sealed record GatewayChatToolCall
{
    /// <summary>In streams: which call of the answer this piece belongs to.</summary>
    public int? Index { get; init; }

    /// <summary>Names the call; in streams only on its first piece.</summary>
    public string? Id { get; init; }

    /// <summary>Always <c>function</c> so far.</summary>
    public string? Type { get; init; }

    /// <summary>What to call.</summary>
    public GatewayChatFunctionCall? Function { get; init; }

    /// <summary>Further members as they came.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>A function and its arguments.</summary>
public sealed record GatewayChatFunctionCall
{
    /// <summary>The function's name; in streams only on the first piece.</summary>
    public string? Name { get; init; }

    /// <summary>JSON text; in streams a piece of it.</summary>
    public string? Arguments { get; init; }
}
