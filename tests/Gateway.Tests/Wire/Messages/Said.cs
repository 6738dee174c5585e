using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Small conversations, and what a codec makes of them.</summary>
internal static class Said
{
    public static readonly UpstreamTarget Claude = new()
    {
        UpstreamModel = "claude-opus-4-8",
        Provider = "anthropic",
        MaxOutputTokens = 4_096,
        SupportsReasoning = true,
    };

    public static readonly UpstreamTarget OlderClaude = Claude with
    {
        UpstreamModel = "claude-sonnet-4-5-20250929",
    };

    public static readonly UpstreamTarget Gemini3 = new()
    {
        UpstreamModel = "gemini-3.5-flash",
        Provider = "google",
        MaxOutputTokens = 4_096,
        SupportsReasoning = true,
        ReasoningEfforts = ["minimal", "low", "medium", "high"],
    };

    public static readonly Block.Text Hello = new("hello");

    public static readonly Tool Weather = new("weather", "Tells it", Schema, null);

    private static System.Text.Json.JsonElement Schema =>
        RawJson.Parse("{\"type\":\"object\",\"additionalProperties\":false}"u8);

    public static Conversation By(params Turn[] turns) =>
        new() { Model = "m", Turns = turns.Length > 0 ? turns : [User(Hello)] };

    public static Turn User(params Block[] blocks) => new(Role.User, blocks);

    public static Turn Assistant(params Block[] blocks) => new(Role.Assistant, blocks);

    public static Block.ToolResult Result(string id, string text) =>
        new(id, null, [new Block.Text(text)], IsError: false);

    public static (JsonNode Body, IReadOnlyList<string> Dropped) Request(
        Conversation conversation,
        UpstreamTarget target
    )
    {
        var outcome = CodecOf(target).WriteRequest(conversation, target);
        Assert.False(outcome.Denied(out var denial, out var translated), denial?.ToString());
        return (JsonNode.Parse(translated.Body.Span)!, translated.Dropped);
    }

    public static Denial Refusal(Conversation conversation, UpstreamTarget target)
    {
        Assert.True(
            CodecOf(target).WriteRequest(conversation, target).Denied(out var denial, out _)
        );
        return denial;
    }

    public static string? RefusedParam(Conversation conversation, UpstreamTarget target) =>
        Assert.IsType<Denial.UnsupportedParameter>(Refusal(conversation, target)).Param;

    public static Conversation Read(IWireCodec codec, string json)
    {
        var outcome = codec.ReadRequest(Encoding.UTF8.GetBytes(json));
        Assert.False(outcome.Denied(out var denial, out var conversation), denial?.ToString());
        return conversation;
    }

    public static JsonNode Answer(IWireCodec codec, Answer answer, Cost? cost = null)
    {
        var to = new ArrayBufferWriter<byte>();
        codec.WriteAnswer(answer, Steps.Frame("m") with { Cost = cost }, to);
        return JsonNode.Parse(to.WrittenSpan)!;
    }

    public static void AssertJson(string expected, JsonNode? actual) =>
        Assert.Equal(JsonNode.Parse(expected)?.ToJsonString(), actual?.ToJsonString());

    private static IWireCodec CodecOf(UpstreamTarget target) =>
        WireCodecs.For(
            target.UpstreamModel.StartsWith("claude", StringComparison.Ordinal)
                ? WireFormat.AnthropicMessages
                : WireFormat.GeminiGenerate
        );
}
