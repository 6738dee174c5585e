using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>
/// A request to <c>/v1/chat/completions</c>, in OpenAI's shape. What has no member of its own goes
/// into <see cref="More"/> under its wire name and is sent as it is.
/// </summary>
public sealed record GatewayChatRequest
{
    /// <summary>A model's name, or <c>arda/auto</c> to let the gateway choose.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation so far.</summary>
    public required IReadOnlyList<GatewayChatMessage> Messages { get; init; }

    /// <summary>How <c>arda/auto</c> is to choose.</summary>
    public GatewayRouting? Routing { get; init; }

    /// <summary>The most output tokens. When absent, the model's limit or what the balance affords;
    /// an explicit limit that the balance does not afford is refused.</summary>
    public long? MaxTokens { get; init; }

    /// <summary>0 to 2; how freely tokens are picked.</summary>
    public double? Temperature { get; init; }

    /// <summary>0 to 1; the share of likely tokens that is picked from.</summary>
    public double? TopP { get; init; }

    /// <summary>Texts at which the answer ends.</summary>
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>What the model may call.</summary>
    public IReadOnlyList<GatewayChatTool>? Tools { get; init; }

    /// <summary><c>"auto"</c>, <c>"none"</c>, <c>"required"</c>, or an object that names
    /// one.</summary>
    public JsonElement? ToolChoice { get; init; }

    /// <summary>The shape that the answer must have, such as a JSON schema.</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>Further members of OpenAI's request, by their wire names.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}

/// <summary>A function that the model may call.</summary>
public sealed record GatewayChatTool
{
    /// <summary>Always <c>function</c> so far.</summary>
    public string Type
    {
        get;
        init => field = value ?? "function";
    } = "function";

    /// <summary>The function.</summary>
    public required GatewayChatFunction Function { get; init; }
}

/// <summary>What a function is called and takes.</summary>
public sealed record GatewayChatFunction
{
    /// <summary>The function's name.</summary>
    public required string Name { get; init; }

    /// <summary>When to call it, in words for the model.</summary>
    public string? Description { get; init; }

    /// <summary>A JSON schema of its arguments.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Whether arguments must fit the schema exactly.</summary>
    public bool? Strict { get; init; }
}
