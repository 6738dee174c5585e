using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

public sealed class ToolLoopAcrossTests
{
    [Theory]
    [InlineData("anthropic/thinking-tools-1", WireFormat.AnthropicMessages, WireFormat.OpenAiChat)]
    [InlineData(
        "anthropic/thinking-tools-1",
        WireFormat.AnthropicMessages,
        WireFormat.OpenAiResponses
    )]
    [InlineData(
        "anthropic/thinking-redacted-1",
        WireFormat.AnthropicMessages,
        WireFormat.OpenAiChat
    )]
    [InlineData(
        "anthropic/thinking-redacted-1",
        WireFormat.AnthropicMessages,
        WireFormat.OpenAiResponses
    )]
    [InlineData("gemini/tools-parallel-1", WireFormat.GeminiGenerate, WireFormat.OpenAiChat)]
    [InlineData("gemini/tools-parallel-1", WireFormat.GeminiGenerate, WireFormat.OpenAiResponses)]
    public void Thoughts_survive_a_tool_loop_through_another_dialect(
        string id,
        WireFormat up,
        WireFormat client
    )
    {
        var upstream = WireCodecs.For(up);
        var codec = WireCodecs.For(client);
        var answer = upstream.ReadAnswer(Recorded.Load(id).Body!);
        var to = new ArrayBufferWriter<byte>();
        codec.WriteAnswer(answer, Steps.Frame("m"), to);
        var said = JsonNode.Parse(to.WrittenSpan)!;
        JsonObject request;
        if (client == WireFormat.OpenAiChat)
        {
            var messages = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "x" },
                said["choices"]![0]!["message"]!.DeepClone()
            );
            foreach (var call in said["choices"]![0]!["message"]!["tool_calls"]?.AsArray() ?? [])
                messages.Add(
                    new JsonObject
                    {
                        ["role"] = "tool",
                        ["tool_call_id"] = (string?)call!["id"],
                        ["content"] = "r",
                    }
                );
            request = new JsonObject { ["model"] = "m", ["messages"] = messages };
        }
        else
        {
            var input = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "x" });
            foreach (var item in said["output"]!.AsArray())
                input.Add(item!.DeepClone());
            foreach (
                var item in said["output"]!
                    .AsArray()
                    .Where(i => (string?)i!["type"] == "function_call")
            )
                input.Add(
                    new JsonObject
                    {
                        ["type"] = "function_call_output",
                        ["call_id"] = (string?)item!["call_id"],
                        ["output"] = "r",
                    }
                );
            request = new JsonObject { ["model"] = "m", ["input"] = input };
        }
        var outcome = codec.ReadRequest(Encoding.UTF8.GetBytes(request.ToJsonString()));
        Assert.False(outcome.Denied(out var denial, out var conversation), denial?.ToString());
        var (body, dropped) = Said.Request(
            conversation,
            up == WireFormat.AnthropicMessages ? Said.Claude : Said.Gemini3
        );
        var original = JsonNode.Parse(Recorded.Load(id).Body!)!;
        if (up == WireFormat.AnthropicMessages)
            Assert.Equal(
                MessagesNormal.Sorted(original["content"])!.ToJsonString(),
                MessagesNormal.Sorted(body["messages"]![1]!["content"])!.ToJsonString()
            );
        else
            Assert.Equal(
                (string?)original["candidates"]![0]!["content"]!["parts"]![0]!["thoughtSignature"],
                (string?)body["contents"]![1]!["parts"]![0]!["thoughtSignature"]
            );
        Assert.DoesNotContain("reasoning_history", dropped);
    }
}
