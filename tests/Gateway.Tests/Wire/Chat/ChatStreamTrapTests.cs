using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.OpenAi;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Chat;

/// <summary>What broke other gateways on streams of this format.</summary>
public sealed class ChatStreamTrapTests
{
    private static readonly IWireCodec Chat = Requests.Chat;

    [Fact]
    public void Tools_are_counted_from_0_whatever_the_upstream_counts()
    {
        var recording = Recording.Of("openai-compatible/claude-behind-proxy-tool-index-stream");
        var written = Steps.Write(Chat, Steps.Read(Chat, recording.Events));
        var indices = Calls(written).Select(call => (int)call["index"]!).Distinct();
        Assert.Equal([0], indices);
    }

    [Fact]
    public void Id_and_name_of_a_call_come_in_its_first_chunk_only()
    {
        var recording = Recording.Of("openai/chat-tools-parallel-stream");
        var written = Steps.Write(Chat, Steps.Read(Chat, recording.Events));
        foreach (var call in Calls(written).GroupBy(call => (int)call["index"]!))
        {
            Assert.NotNull(call.First()["id"]);
            Assert.NotNull(call.First()["function"]!["name"]);
            Assert.All(call.Skip(1), piece => Assert.Null(piece["id"]));
            Assert.All(call.Skip(1), piece => Assert.Null(piece["function"]!["name"]));
            Assert.All(call, piece => Assert.NotNull(piece["function"]!["arguments"]));
        }
    }

    [Fact]
    public void Calls_that_arrive_mixed_are_put_in_order()
    {
        var steps = Read(
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}""",
            """{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}]}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}""",
            """{"tool_calls":[{"index":1,"function":{"arguments":":2}"}}]}"""
        );
        Steps.AssertInOrder(steps);
        Assert.Equal(
            ["call[a|f|{\"x\":1}]", "call[b|g|{\"y\":2}]"],
            Steps.Blocks(steps).Select(Steps.Describe)
        );
    }

    [Fact]
    public void Parallel_calls_that_are_all_numbered_0_stay_apart_by_their_ids()
    {
        var steps = Read(
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}""",
            """{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}]}"""
        );
        Assert.Equal(["call[a|f|{}]", "call[b|f|{}]"], Steps.Blocks(steps).Select(Steps.Describe));
    }

    [Fact]
    public void A_call_without_arguments_gets_an_empty_object_once()
    {
        var steps = Read(
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}"""
        );
        var delta = Assert.Single(steps.OfType<StreamEvent.ToolArgumentsDelta>());
        Assert.Equal("{}", delta.Json);
    }

    [Fact]
    public void A_call_without_an_id_gets_one_from_turn_and_place()
    {
        string[] deltas =
        [
            """{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}""",
            """{"tool_calls":[{"index":1,"function":{"name":"f","arguments":"{}"}}]}""",
        ];
        var ids = Steps.Blocks(Read(deltas)).Select(block => ((Block.ToolCall)block).Id).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        var again = Steps.Blocks(Read(deltas)).Select(block => ((Block.ToolCall)block).Id);
        Assert.Equal(ids, again);
    }

    [Fact]
    public void Stop_with_calls_in_the_turn_is_a_tool_turn()
    {
        var steps = Read(
            """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"""
        );
        Assert.Equal(StopReason.ToolUse, Assert.IsType<StreamEvent.Finished>(steps[^1]).Reason);
    }

    [Fact]
    public void An_empty_finish_reason_on_each_chunk_ends_nothing()
    {
        var events = Events(
            """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}"""
        );
        Assert.IsType<StreamEvent.Failed>(Steps.Read(Chat, events)[^1]);
        var meter = Chat.NewStreamMeter();
        meter.Observe(SseScanner.Parse(events[0]));
        Assert.False(meter.Ended);
    }

    [Fact]
    public void An_error_after_the_finish_reason_is_an_error()
    {
        var recording = Recording.Of("openrouter/stream-error-after-length");
        var failed = Assert.IsType<StreamEvent.Failed>(Steps.Read(Chat, recording.Events)[^1]);
        Assert.Equal("Token limit reached", failed.Error.Message);
    }

    [Fact]
    public void A_usage_chunk_without_choices_is_held_and_a_finish_is_not()
    {
        var recording = Recording.Of("openai/chat-stream-usage");
        var meter = Chat.NewStreamMeter();
        var roles = recording.Events.Select(raw => meter.Observe(SseScanner.Parse(raw))).ToList();
        Assert.Equal([EventRole.Usage, EventRole.Terminal], roles[^2..]);
        Assert.Equal(EventRole.Pass, roles[^3]);
        Assert.Equal(EventRole.Content, roles[1]);
    }

    [Fact]
    public void Usage_on_the_last_content_chunk_may_not_be_left_out()
    {
        var events = Recording.Of("deepseek/chat-stream").Events;
        Assert.False(UsageChunk.IsUsageOnly(events[^2]));
        Assert.True(UsageChunk.IsUsageOnly(Recording.Of("openai/chat-stream-usage").Events[^2]));
        Assert.False(UsageChunk.IsUsageOnly("data: [DONE]\n\n"u8));
    }

    [Fact]
    public void Usage_that_grows_on_each_chunk_is_final_with_the_finish_only()
    {
        var meter = Chat.NewStreamMeter();
        var events = Events(
            """{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":9}}"""
        );
        meter.Observe(SseScanner.Parse(events[0]));
        Assert.False(meter.UsageIsFinal);
        meter.Observe(SseScanner.Parse(events[1]));
        Assert.True(meter.UsageIsFinal);
        Assert.Equal(9, meter.Usage!.Output);
    }

    [Fact]
    public void Usage_goes_to_clients_that_asked_with_choices_present_and_empty()
    {
        var steps = Steps.Read(Chat, Recording.Of("openai/chat-stream-usage").Events);
        var asked = Steps.Json(Steps.Write(Chat, steps));
        Assert.Empty(asked[^1]["choices"]!.AsArray());
        Assert.NotNull(asked[^1]["usage"]);
        var frame = Steps.Frame with { IncludeUsage = false };
        var silent = Steps.Json(Steps.Write(Chat, steps, frame: frame));
        Assert.All(silent, chunk => Assert.Null(chunk["usage"]));
        Assert.Equal("stop", (string?)silent[^1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public void Finish_usage_and_terminator_wait_for_complete()
    {
        var steps = Steps.Read(Chat, Recording.Of("openai/chat-stream-usage").Events);
        var held = Encoding.UTF8.GetString(Steps.Write(Chat, steps, (_, _) => { }));
        Assert.DoesNotContain("[DONE]", held);
        Assert.DoesNotContain("\"finish_reason\":\"stop\"", held);
        Assert.DoesNotContain("prompt_tokens", held);
    }

    [Fact]
    public void The_cost_rides_on_the_usage_chunk()
    {
        var cost = new Cost(
            new NanoUsd(1_234_567),
            new NanoUsd(1_000_000),
            NanoUsd.Zero,
            new NanoUsd(234_567)
        );
        var written = Steps.Write(
            Chat,
            [
                new StreamEvent.Started("id", null),
                new StreamEvent.Finished(StopReason.EndTurn, null, null),
            ],
            (writer, to) => writer.Complete(new TokenUsage { Input = 1, Output = 2 }, cost, to)
        );
        var usage = Steps.Json(written)[^1]["usage"]!;
        Assert.Equal(0.001234567m, (decimal)usage["cost"]!);
        Assert.Equal(0.000234567m, (decimal)usage["cost_details"]!["reseller_markup"]!);
    }

    [Fact]
    public void A_signature_and_redacted_data_of_a_thought_reach_the_client()
    {
        var thought = new Block.Reasoning("") { Source = Vendor.Anthropic };
        var hidden = thought with { Redacted = "DATA" };
        StreamEvent[] steps =
        [
            new StreamEvent.Started("id", "m"),
            new StreamEvent.BlockStarted(0, thought),
            new StreamEvent.ReasoningDelta(0, "so"),
            new StreamEvent.SignatureDelta(0, "SIG"),
            new StreamEvent.BlockStopped(0, thought with { Value = "so", Signature = "SIG" }),
            new StreamEvent.BlockStarted(1, thought),
            new StreamEvent.BlockStopped(1, hidden),
            new StreamEvent.Finished(StopReason.EndTurn, "end_turn", null),
        ];
        var again = Steps.Read(Chat, Steps.Split(Steps.Write(Chat, steps)));
        Assert.Equal(
            ["thought[so|SIG||Anthropic|]", "thought[||DATA|Anthropic|]"],
            Steps.Blocks(again).Select(Steps.Describe)
        );
    }

    [Fact]
    public void Geminis_signature_of_a_call_reaches_the_client()
    {
        var call = new Block.ToolCall("c1", "f", "") { Bag = ThoughtSignature.Bag("SIG") };
        StreamEvent[] steps =
        [
            new StreamEvent.Started("id", "m"),
            new StreamEvent.BlockStarted(0, call),
            new StreamEvent.ToolArgumentsDelta(0, "{}"),
            new StreamEvent.BlockStopped(0, call with { ArgumentsJson = "{}" }),
            new StreamEvent.Finished(StopReason.ToolUse, "STOP", null),
        ];
        var written = Steps.Write(Chat, steps);
        var first = Calls(written)[0];
        Assert.Equal("SIG", (string?)first["extra_content"]!["google"]!["thought_signature"]);
        var again = Steps.Blocks(Steps.Read(Chat, Steps.Split(written)));
        Assert.Equal("SIG", ThoughtSignature.Of(again[0]));
    }

    private static List<JsonNode> Calls(byte[] stream) =>
        [
            .. Steps
                .Json(stream)
                .SelectMany(chunk => chunk["choices"]!.AsArray())
                .SelectMany(choice => choice!["delta"]!["tool_calls"] as JsonArray ?? [])
                .Select(call => call!),
        ];

    private static List<StreamEvent> Read(params string[] deltas)
    {
        var chunks = deltas
            .Select(delta => $$"""{"id":"x","choices":[{"index":0,"delta":{{delta}}}]}""")
            .Append("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""");
        return Steps.Read(Chat, Events([.. chunks]));
    }

    private static List<byte[]> Events(params string[] chunks) =>
        [.. chunks.Select(chunk => Encoding.UTF8.GetBytes($"data: {chunk}\n\n"))];
}
