using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using static Arda.Gateway.Tests.Wire.Messages.Said;

namespace Arda.Gateway.Tests.Wire.Messages;

public sealed class MessagesStreamTests
{
    private const string Start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}";

    private const string Stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}";

    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.AnthropicMessages);

    private static readonly Cost Paid = new(
        new NanoUsd(1_150),
        new NanoUsd(1_000),
        NanoUsd.Zero,
        new NanoUsd(150)
    );

    private static string Delta(string json) =>
        $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{json}}}";

    private static string Begin(string json) =>
        $"event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{json}}}";

    private static string End(string reason, string usage = "{\"output_tokens\":2}") =>
        $"event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"{reason}\"}},\"usage\":{usage}}}";

    [Fact]
    public void A_tool_without_arguments_gets_an_empty_object_once()
    {
        var steps = Steps.ReadText(
            Codec,
            Start,
            Begin("{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{ }}"),
            Delta("{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"),
            End("tool_use"),
            Stop
        );
        Assert.Equal("{}", Assert.Single(steps.OfType<StreamEvent.ToolArgumentsDelta>()).Json);
        Assert.Contains(
            steps,
            s => s is StreamEvent.BlockStopped { Block: Block.ToolCall { ArgumentsJson: "{}" } }
        );
    }

    [Fact]
    public void Arguments_that_come_whole_at_the_start_are_kept()
    {
        var steps = Steps.ReadText(
            Codec,
            Start,
            Begin("{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\"x\":1}}"),
            End("tool_use"),
            Stop
        );
        Assert.Equal(
            "{\"x\":1}",
            Assert.Single(steps.OfType<StreamEvent.ToolArgumentsDelta>()).Json
        );
    }

    [Fact]
    public void A_thought_inside_a_text_block_opens_a_block_of_its_own()
    {
        var steps = Steps.ReadText(
            Codec,
            Start,
            Begin("{\"type\":\"text\",\"text\":\"\"}"),
            Delta("{\"type\":\"text_delta\",\"text\":\"a\"}"),
            Delta("{\"type\":\"thinking_delta\",\"thinking\":\"b\"}"),
            Delta("{\"type\":\"text_delta\",\"text\":\"c\"}"),
            End("end_turn"),
            Stop
        );
        Steps.AssertOrder(steps);
        Assert.Equal(
            ["text a", "reasoning Anthropic b  ", "text c"],
            steps.OfType<StreamEvent.BlockStopped>().Select(s => Steps.Of(s.Block))
        );
    }

    [Fact]
    public void Two_messages_spliced_into_one_stream_are_garbage()
    {
        Assert.Throws<WireFormatException>(() => Steps.ReadText(Codec, Start, Start));
        Assert.Throws<WireFormatException>(() =>
            Steps.ReadText(Codec, Delta("{\"type\":\"text_delta\",\"text\":\"a\"}"))
        );
    }

    [Fact]
    public void An_error_inside_a_200_ends_the_stream_and_says_whose_fault_it_is()
    {
        const string Error =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
        var steps = Steps.ReadText(
            Codec,
            Start,
            Begin("{\"type\":\"text\",\"text\":\"a\"}"),
            Error,
            Stop
        );
        Steps.AssertOrder(steps);
        var failed = Assert.IsType<StreamEvent.Failed>(steps[^1]);
        Assert.Equal(UpstreamErrorKind.Overloaded, failed.Error.Kind);
        var meter = Codec.NewStreamMeter();
        Assert.Equal(
            EventRole.Error,
            meter.Observe(SseScanner.Parse(Encoding.UTF8.GetBytes(Error)))
        );
        Assert.Equal("Overloaded", meter.Error!.Message);
    }

    [Fact]
    public void Hosts_without_event_lines_are_understood()
    {
        string[] bare =
        [
            .. new[] { Start, End("end_turn"), Stop }.Select(e => e[(e.IndexOf('\n') + 1)..]),
        ];
        Assert.IsType<StreamEvent.Finished>(Steps.ReadText(Codec, bare)[^1]);
        var meter = Steps.Meter(Codec, bare.Select(e => Encoding.UTF8.GetBytes(e + "\n\n")));
        Assert.True(meter.Ended);
        Assert.Equal(2, meter.Usage!.Output);
    }

    [Fact]
    public void Counts_overwrite_and_what_is_left_out_stays()
    {
        var events = new[]
        {
            Start.Replace(
                "\"output_tokens\":1",
                "\"cache_read_input_tokens\":5,\"output_tokens\":1"
            ),
            End("end_turn", "{\"output_tokens\":7}"),
            End("end_turn", "{\"input_tokens\":11,\"output_tokens\":8}"),
            Stop,
        };
        var meter = Steps.Meter(Codec, events.Select(e => Encoding.UTF8.GetBytes(e + "\n\n")));
        Assert.Equal(
            new TokenUsage
            {
                Input = 11,
                CacheRead = 5,
                Output = 8,
            },
            meter.Usage
        );
    }

    [Fact]
    public void Events_have_the_roles_that_the_relay_waits_for()
    {
        var meter = Codec.NewStreamMeter();
        EventRole Role(string text) =>
            meter.Observe(SseScanner.Parse(Encoding.UTF8.GetBytes(text + "\n\n")));
        Assert.Equal(EventRole.Pass, Role(Start));
        Assert.Equal(9, meter.Usage!.Input);
        Assert.False(meter.UsageIsFinal);
        Assert.Equal(EventRole.Pass, Role("event: ping\ndata: {\"type\": \"ping\"}"));
        Assert.Equal(
            EventRole.Content,
            Role(Delta("{\"type\":\"text_delta\",\"text\":\"h\\u00e9\"}"))
        );
        Assert.Equal(3, meter.OutputBytes);
        var end = End("end_turn");
        Assert.Equal(EventRole.Usage, Role(end));
        var data = end[(end.IndexOf("data: ", StringComparison.Ordinal) + 6)..];
        Assert.Equal("{\"output_tokens\":2}", data[meter.UsageAt]);
        Assert.True(meter.UsageIsFinal);
        Assert.Equal(EventRole.Terminal, Role(Stop));
    }

    [Fact]
    public void The_meter_allocates_nothing_for_an_event_of_content()
    {
        var meter = Codec.NewStreamMeter();
        var raw = Encoding.UTF8.GetBytes(
            Delta("{\"type\":\"text_delta\",\"text\":\"word \"}") + "\n\n"
        );
        for (var i = 0; i < 1_000; i++)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Usage_and_terminator_wait_for_completion_and_the_cost_rides_on_the_delta()
    {
        var writer = Codec.NewStreamWriter(Steps.Frame("m"));
        var to = new ArrayBufferWriter<byte>();
        WriteText(writer, to);
        writer.Write(new StreamEvent.UsageReported(new TokenUsage { Input = 9, Output = 2 }), to);
        writer.Write(new StreamEvent.Finished(StopReason.StopSequence, "stop", "END"), to);
        Assert.DoesNotContain("message_delta", Encoding.UTF8.GetString(to.WrittenSpan));
        writer.Complete(new TokenUsage { Input = 9, Output = 2 }, Paid, to);
        var frames = Steps.Split(to.WrittenSpan);
        MessagesFramesRules.Assert(frames);
        var delta = Steps.Json(frames[^2]);
        Assert.Equal("stop_sequence", (string?)delta["delta"]!["stop_reason"]);
        Assert.Equal("END", (string?)delta["delta"]!["stop_sequence"]);
        Assert.Equal(9, (long)delta["usage"]!["input_tokens"]!);
        Assert.Equal("0.00000115", delta["usage"]!["cost"]!.ToJsonString());
        AssertJson(
            "{\"base\":0.000001,\"gateway_markup\":0,\"reseller_markup\":0.00000015}",
            JsonNode.Parse(
                delta["usage"]!["cost_details"]!.ToJsonString().Replace("0.000000000", "0")
            )
        );
    }

    [Fact]
    public void Truncation_closes_what_is_open_and_says_max_tokens()
    {
        var writer = Codec.NewStreamWriter(Steps.Frame("m"));
        var to = new ArrayBufferWriter<byte>();
        writer.Write(new StreamEvent.Started("id", "m"), to);
        writer.Write(new StreamEvent.BlockStarted(0, new Block.Text("")), to);
        writer.Write(new StreamEvent.TextDelta(0, "half"), to);
        writer.Truncate(new TokenUsage { Output = 1 }, Paid, to);
        var frames = Steps.Split(to.WrittenSpan);
        MessagesFramesRules.Assert(frames);
        Assert.Equal("max_tokens", (string?)Steps.Json(frames[^2])["delta"]!["stop_reason"]);
        Assert.Equal("content_block_stop", (string?)Steps.Json(frames[^3])["type"]);
    }

    [Fact]
    public void A_failure_is_an_error_event_with_our_member_and_nothing_after_it()
    {
        var writer = Codec.NewStreamWriter(Steps.Frame("m"));
        var to = new ArrayBufferWriter<byte>();
        WriteText(writer, to);
        writer.Fail(
            new ErrorFacts
            {
                Status = 402,
                Code = "insufficient_balance",
                OpenAiType = "billing_error",
                AnthropicType = "billing_error",
                Message = "Top up.",
                DocsUrl = "https://example.com",
                Gateway = new GatewayMember { Action = "open_portal", BalanceCents = 3 },
            },
            to
        );
        var last = Steps.Split(to.WrittenSpan)[^1];
        Assert.StartsWith("event: error\n", Steps.Text(last));
        var error = Steps.Json(last)["error"]!;
        Assert.Equal("billing_error", (string?)error["type"]);
        Assert.Equal("open_portal", (string?)error["gateway"]!["action"]);
        Assert.DoesNotContain("message_stop", Encoding.UTF8.GetString(to.WrittenSpan));
    }

    [Fact]
    public void A_block_that_never_says_anything_is_never_shown()
    {
        var frames = Steps.Write(
            Codec,
            [
                new StreamEvent.Started("id", "m"),
                new StreamEvent.BlockStarted(0, new Block.Text("")),
                new StreamEvent.BlockStopped(0, new Block.Text("")),
                new StreamEvent.Finished(StopReason.EndTurn, null, null),
            ],
            "m"
        );
        MessagesFramesRules.Assert(frames);
        Assert.Equal(3, frames.Count);
    }

    [Fact]
    public void The_prompt_is_estimated_at_the_start_where_the_upstream_has_not_said_it()
    {
        var writer = Codec.NewStreamWriter(
            Steps.Frame("m") with
            {
                Request = By(User(new Block.Text(new string('x', 400)))),
            }
        );
        var to = new ArrayBufferWriter<byte>();
        WriteText(writer, to);
        var start = Steps.Json(Steps.Split(to.WrittenSpan)[0]);
        Assert.Equal(100, (long)start["message"]!["usage"]!["input_tokens"]!);
    }

    [Fact]
    public void Citations_and_server_tools_come_through_a_stream_whole()
    {
        var steps = Steps.ReadText(
            Codec,
            Start,
            Begin(
                "{\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{}}"
            ),
            Delta("{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"query\\\":\"}"),
            Delta("{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"q\\\"}\"}"),
            Begin("{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"s\",\"content\":[]}"),
            Begin("{\"type\":\"text\",\"text\":\"\"}"),
            Delta("{\"type\":\"citations_delta\",\"citation\":{\"type\":\"x\"}}"),
            Delta("{\"type\":\"text_delta\",\"text\":\"found\"}"),
            Begin("{\"type\":\"compaction\",\"content\":\"a\"}"),
            Delta("{\"type\":\"compaction_delta\",\"content\":\"b\"}"),
            End("pause_turn"),
            Stop
        );
        Steps.AssertOrder(steps);
        var content = AnthropicClient.Accumulate(Steps.Write(Codec, steps, "m"));
        Assert.Equal(
            MessagesNormal
                .Sorted(
                    JsonNode.Parse(
                        """
                        [{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},
                         {"type":"web_search_tool_result","tool_use_id":"s","content":[]},
                         {"type":"text","text":"found","citations":[{"type":"x"}]},
                         {"type":"compaction","content":"ab"}]
                        """
                    )
                )!
                .ToJsonString(),
            MessagesNormal.Sorted(content)!.ToJsonString()
        );
        Assert.Equal(StopReason.Pause, Assert.IsType<StreamEvent.Finished>(steps[^1]).Reason);
    }

    private static void WriteText(IStreamWriter writer, IBufferWriter<byte> to)
    {
        writer.Write(new StreamEvent.Started("id", "m"), to);
        writer.Write(new StreamEvent.BlockStarted(0, new Block.Text("")), to);
        writer.Write(new StreamEvent.TextDelta(0, "hi"), to);
        writer.Write(new StreamEvent.BlockStopped(0, new Block.Text("hi")), to);
    }
}
