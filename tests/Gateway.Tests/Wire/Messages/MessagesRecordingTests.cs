using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Every recording of the Messages API through reader, meter and writer.</summary>
public sealed class MessagesRecordingTests
{
    private const string Api = "anthropic.messages";

    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.AnthropicMessages);

    public static TheoryData<string> Answers =>
        Recorded.Ids(Api, r => r.Status == 200 && r.Body is not null);

    public static TheoryData<string> Streams => Recorded.Ids(Api, r => r.Events.Count > 0);

    public static TheoryData<string> Errors => Recorded.Ids(Api, r => r.Status != 200);

    public static TheoryData<string> Requests => Recorded.Ids(Api, r => r.Request is not null);

    [Theory]
    [MemberData(nameof(Answers))]
    public void Usage_is_read_by_the_table(string id)
    {
        var body = Recorded.Load(id).Body!;
        var expected = UsageByTable(JsonNode.Parse(body)!["usage"]!);
        var reading = Codec.Meter(body);
        Assert.Equal(expected, Codec.ReadAnswer(body).Usage);
        Assert.Equal(expected, reading.Usage);
        Assert.StartsWith("{", Encoding.UTF8.GetString(body[reading.UsageAt]));
        Assert.EndsWith("}", Encoding.UTF8.GetString(body[reading.UsageAt]));
        Assert.StartsWith("\"claude", Encoding.UTF8.GetString(body[reading.ModelAt]));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_is_written_as_it_was_read(string id)
    {
        var body = Recorded.Load(id).Body!;
        var answer = Codec.ReadAnswer(body);
        var written = Written(answer);
        var original = JsonNode.Parse(body)!;
        var copy = JsonNode.Parse(written)!;
        // These recordings are older than the member, which clients of today demand.
        foreach (var block in copy["content"]!.AsArray().Select(block => block!.AsObject()))
        {
            if ((string?)block["type"] == "tool_use")
            {
                Assert.True(block.Remove("caller"));
            }
        }

        foreach (var member in (string[])["id", "type", "role", "model", "content", "stop_reason"])
        {
            Assert.True(JsonNode.DeepEquals(original[member], copy[member]), member);
        }
        Assert.Equal(
            original["stop_sequence"]?.GetValue<string>(),
            copy["stop_sequence"]?.GetValue<string>()
        );
        Assert.True(JsonNode.DeepEquals(original["stop_details"], copy["stop_details"]));
        Assert.Equal(answer.Usage, Codec.ReadAnswer(written).Usage);
        Assert.Equal(
            answer.Blocks.Select(Steps.Of),
            Codec.ReadAnswer(written).Blocks.Select(Steps.Of)
        );
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_meter_of_a_stream_agrees_with_its_reader_and_the_table(string id)
    {
        var events = Recorded.Load(id).Events;
        var steps = Steps.Read(Codec, events);
        Steps.AssertOrder(steps);
        var meter = Steps.Meter(Codec, events);
        if (steps[^1] is StreamEvent.Failed failed)
        {
            Assert.Equal(failed.Error, meter.Error);
            Assert.False(meter.Ended);
            return;
        }
        var reported = steps.OfType<StreamEvent.UsageReported>().Last().Usage;
        Assert.True(meter.Ended);
        Assert.True(meter.UsageIsFinal);
        Assert.Equal(reported, meter.Usage);
        Assert.Equal(UsageOfStream(events), reported);
        var text = steps.OfType<StreamEvent.BlockStopped>().Select(s => s.Block);
        Assert.Equal(BytesOf(text), meter.OutputBytes);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_that_is_written_again_gives_the_same_steps(string id)
    {
        var steps = Steps.Read(Codec, Recorded.Load(id).Events);
        if (steps[^1] is StreamEvent.Failed)
        {
            return;
        }
        var model = steps.OfType<StreamEvent.Started>().Single().Model!;
        var written = Steps.Write(Codec, steps, model);
        MessagesFramesRules.Assert(written);
        var again = Steps.Read(Codec, written);
        Assert.Equal(Steps.Comparable(steps), Steps.Comparable(again));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_cut_at_any_event_fails_and_never_throws(string id)
    {
        var events = Recorded.Load(id).Events;
        for (var cut = 0; cut < events.Count; cut++)
        {
            var steps = Steps.Read(Codec, events.Take(cut));
            Steps.AssertOrder(steps);
            // After the reason only the farewell is missing: nothing of the answer is.
            var hasReason = events.Take(cut).Any(e => Steps.Text(e).Contains("\"stop_reason\":\""));
            Assert.Equal(!hasReason, steps[^1] is StreamEvent.Failed);
            Assert.Equal(hasReason, Steps.Meter(Codec, events.Take(cut)).Ended);
        }
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_tells_whose_fault_it_is(string id)
    {
        var recorded = Recorded.Load(id);
        var error = Codec.ReadError(recorded.Status, recorded.Body);
        var expected = recorded.Status switch
        {
            400 => UpstreamErrorKind.ContextLength,
            401 => UpstreamErrorKind.OperatorKey,
            404 => UpstreamErrorKind.ModelNotFound,
            429 => UpstreamErrorKind.RateLimited,
            _ => UpstreamErrorKind.Overloaded,
        };
        Assert.Equal(expected, error.Kind);
        Assert.Equal(
            JsonNode.Parse(recorded.Body)!["error"]!["message"]!.GetValue<string>(),
            error.Message
        );
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_written_as_it_was_read(string id)
    {
        var recorded = Recorded.Load(id);
        var original = JsonNode.Parse(recorded.Request!)!.AsObject();
        // Bedrock names the model in its path.
        original["model"] ??= recorded.Model;
        var outcome = Codec.ReadRequest(Encoding.UTF8.GetBytes(original.ToJsonString()));
        Assert.False(outcome.Denied(out var denial, out var conversation), denial?.ToString());
        var target = new UpstreamTarget
        {
            UpstreamModel = conversation.Model,
            Provider = "anthropic",
            SupportsReasoning = true,
        };
        var request = Codec.WriteRequest(conversation, target);
        Assert.False(request.Denied(out denial, out var translated), denial?.ToString());
        var written = JsonNode.Parse(translated.Body.Span)!.AsObject();
        Assert.Equal(
            MessagesNormal.Form(original, translated.Dropped).ToJsonString(),
            MessagesNormal.Form(written, []).ToJsonString()
        );
    }

    internal static byte[] Written(Answer answer)
    {
        var to = new ArrayBufferWriter<byte>();
        Codec.WriteAnswer(answer, Steps.Frame(answer.Model), to);
        return to.WrittenSpan.ToArray();
    }

    // The table of usage, read with other means than the codec's.
    private static TokenUsage UsageByTable(JsonNode usage)
    {
        var created = Count(usage, "cache_creation_input_tokens");
        var oneHour = Count(usage["cache_creation"], "ephemeral_1h_input_tokens");
        var thinking = Count(usage["output_tokens_details"], "thinking_tokens");
        return new TokenUsage
        {
            Input = Count(usage, "input_tokens"),
            CacheRead = Count(usage, "cache_read_input_tokens"),
            CacheWrite5m = created - oneHour,
            CacheWrite1h = oneHour,
            Output = Count(usage, "output_tokens") - thinking,
            Reasoning = thinking,
            WebSearches = Count(usage["server_tool_use"], "web_search_requests"),
        };
    }

    private static TokenUsage UsageOfStream(IEnumerable<byte[]> events)
    {
        var merged = new JsonObject();
        foreach (var raw in events.Where(e => SseScanner.Parse(e).Data.Length > 0))
        {
            var root = Steps.Json(raw);
            foreach (
                var (name, value) in (root["message"]?["usage"] ?? root["usage"])?.AsObject() ?? []
            )
            {
                if (value is not null)
                {
                    merged[name] = value.DeepClone();
                }
            }
        }
        return UsageByTable(merged);
    }

    private static long Count(JsonNode? from, string name) => (long?)from?[name] ?? 0;

    private static long BytesOf(IEnumerable<Block> blocks) =>
        blocks.Sum(block =>
            block switch
            {
                Block.Text text => Encoding.UTF8.GetByteCount(text.Value),
                Block.Reasoning thought => Encoding.UTF8.GetByteCount(thought.Value),
                Block.ToolCall { ArgumentsJson: "{}" } => 0,
                Block.ToolCall call => Encoding.UTF8.GetByteCount(call.ArgumentsJson),
                _ => 0L,
            }
        );
}
