using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Streams of every host of both formats, as recorded.</summary>
public sealed class OpenAiStreamRecordingTests
{
    private static readonly ErrorFacts Broke = new()
    {
        Status = 402,
        Code = "insufficient_balance",
        OpenAiType = "billing_error",
        AnthropicType = "billing_error",
        Message = "The balance is used up: top up to go on.",
        DocsUrl = "https://example.test/docs",
        Gateway = new GatewayMember { Action = "open_portal", BalanceCents = 0 },
    };

    public static TheoryData<string> Streams => Recording.Ids(r => r.IsStream);

    [Theory]
    [MemberData(nameof(Streams))]
    public void Reader_and_meter_agree_with_the_raw_usage(string id)
    {
        var recording = Recording.Of(id);
        var expected = RawUsage(recording);
        var meter = recording.Codec.NewStreamMeter();
        foreach (var raw in recording.Events)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        var steps = Steps.Read(recording.Codec, recording.Events);
        Steps.AssertInOrder(steps);
        var read = steps.OfType<StreamEvent.UsageReported>().LastOrDefault()?.Usage;
        Assert.Equal(expected, meter.Usage);
        Assert.Equal(expected, read);
        Assert.Equal(expected is not null, meter.UsageIsFinal);
        Assert.Equal(steps[^1] is StreamEvent.Finished, meter.Ended);
        Assert.Equal(steps[^1] is StreamEvent.Failed, meter.Error is not null);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_meter_counts_the_bytes_that_the_reader_reads(string id)
    {
        var recording = Recording.Of(id);
        var meter = recording.Codec.NewStreamMeter();
        foreach (var raw in recording.Events)
        {
            meter.Observe(SseScanner.Parse(raw));
        }
        var read = Steps
            .Read(recording.Codec, recording.Events)
            .Sum(step =>
                step switch
                {
                    StreamEvent.TextDelta delta => Encoding.UTF8.GetByteCount(delta.Text),
                    StreamEvent.RefusalDelta delta => Encoding.UTF8.GetByteCount(delta.Text),
                    StreamEvent.ReasoningDelta delta => Encoding.UTF8.GetByteCount(delta.Text),
                    StreamEvent.ToolArgumentsDelta delta => delta.Json.Length,
                    _ => 0,
                }
            );
        if (id == "openai/chat-n2-stream")
        {
            // Only the first of several answers is read, all are counted.
            Assert.True(meter.OutputBytes > read);
            return;
        }
        Assert.Equal(read, meter.OutputBytes);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void What_is_written_reads_as_the_same_steps(string id)
    {
        var recording = Recording.Of(id);
        var steps = Steps.Read(recording.Codec, recording.Events);
        if (steps[^1] is StreamEvent.Failed)
        {
            var failed = Steps.Write(recording.Codec, steps, (w, to) => w.Fail(Broke, to));
            AssertFailed(recording, Steps.Read(recording.Codec, Steps.Split(failed)));
            return;
        }
        var written = Steps.Write(recording.Codec, steps);
        var again = Steps.Read(recording.Codec, Steps.Split(written));
        Steps.AssertInOrder(again);
        Assert.Equal(Steps.Describe(steps), Steps.Describe(again));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Cut_anywhere_a_stream_ends_as_failed_unless_it_had_finished(string id)
    {
        var recording = Recording.Of(id);
        for (var count = 0; count <= recording.Events.Count; count++)
        {
            var events = recording.Events.Take(count).ToList();
            var steps = Steps.Read(recording.Codec, events);
            Steps.AssertInOrder(steps);
            var meter = recording.Codec.NewStreamMeter();
            foreach (var raw in events)
            {
                meter.Observe(SseScanner.Parse(raw));
            }
            Assert.Equal(steps[^1] is StreamEvent.Finished, meter.Ended);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Cut_anywhere_the_client_is_told_in_its_own_way(string id)
    {
        var recording = Recording.Of(id);
        for (var count = 0; count <= recording.Events.Count; count++)
        {
            var open = new List<StreamEvent>();
            var reader = recording.Codec.NewStreamReader();
            foreach (var raw in recording.Events.Take(count))
            {
                reader.Read(SseScanner.Parse(raw), open);
            }
            var cut = Steps.Write(
                recording.Codec,
                open,
                (writer, to) => writer.Truncate(TokenUsage.Zero, null, to)
            );
            var truncated = Steps.Read(recording.Codec, Steps.Split(cut));
            Steps.AssertInOrder(truncated);
            var end = Assert.IsType<StreamEvent.Finished>(truncated[^1]);
            Assert.Equal(StopReason.MaxTokens, end.Reason);

            var failed = Steps.Write(recording.Codec, open, (w, to) => w.Fail(Broke, to));
            AssertFailed(recording, Steps.Read(recording.Codec, Steps.Split(failed)));
            Assert.DoesNotContain("[DONE]", Encoding.UTF8.GetString(failed));
            Assert.Contains("\"gateway\":{", Encoding.UTF8.GetString(failed));
        }
    }

    private static void AssertFailed(Recording recording, List<StreamEvent> steps)
    {
        Steps.AssertInOrder(steps);
        var failed = Assert.IsType<StreamEvent.Failed>(steps[^1]);
        Assert.Equal("insufficient_balance", failed.Error.Code);
        Assert.NotNull(recording);
    }

    private static TokenUsage? RawUsage(Recording recording)
    {
        TokenUsage? usage = null;
        foreach (var raw in recording.Events)
        {
            var data = Encoding.UTF8.GetString(SseScanner.Parse(raw).Data);
            if (data.StartsWith('{'))
            {
                var json = JsonNode.Parse(data)!;
                usage = ExpectedUsage.Of(json["response"] ?? json) ?? usage;
            }
        }
        return usage;
    }
}
