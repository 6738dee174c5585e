using System.Buffers;
using System.Text.Json.Nodes;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Finished answers of every host of both formats, as recorded.</summary>
public sealed class OpenAiAnswerRecordingTests
{
    public static TheoryData<string> Answers => Recording.Ids(r => r.IsAnswer);

    public static TheoryData<string> Errors => Recording.Ids(r => r.Status >= 400);

    [Theory]
    [MemberData(nameof(Answers))]
    public void Reader_and_meter_agree_with_the_raw_usage(string id)
    {
        var recording = Recording.Of(id);
        var expected = ExpectedUsage.Of(recording.Body);
        Assert.NotNull(expected);
        var reading = recording.Codec.Meter(recording.BodyBytes);
        Assert.Equal(expected, reading.Usage);
        Assert.Equal(expected, recording.Codec.ReadAnswer(recording.BodyBytes).Usage);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void The_meter_finds_usage_and_model_in_place(string id)
    {
        var recording = Recording.Of(id);
        var bytes = recording.BodyBytes;
        var reading = recording.Codec.Meter(bytes);
        var usage = JsonNode.Parse(bytes[reading.UsageAt]);
        Assert.True(JsonNode.DeepEquals(recording.Body!["usage"], usage));
        Assert.Equal(
            (string?)recording.Body["model"],
            (string?)JsonNode.Parse(bytes[reading.ModelAt])
        );
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void The_meter_counts_the_bytes_that_the_reader_reads(string id)
    {
        var recording = Recording.Of(id);
        var answer = recording.Codec.ReadAnswer(recording.BodyBytes);
        var expected = answer.Blocks.Sum(block =>
            block switch
            {
                Block.Text text => Utf8(text.Value),
                Block.Refusal refusal => Utf8(refusal.Value),
                Block.Reasoning thought => Utf8(thought.Value),
                Block.ToolCall call => Utf8(call.ArgumentsJson),
                _ => 0,
            }
        );
        var counted = recording.Codec.Meter(recording.BodyBytes).OutputBytes;
        // Only the first of several answers is read, all are counted.
        Assert.Equal(id == "openai/chat-n2" ? expected * 2 : expected, counted);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void What_is_written_reads_the_same(string id)
    {
        var recording = Recording.Of(id);
        var answer = recording.Codec.ReadAnswer(recording.BodyBytes);
        var to = new ArrayBufferWriter<byte>();
        recording.Codec.WriteAnswer(answer, Steps.Frame, to);
        var again = recording.Codec.ReadAnswer(to.WrittenMemory);
        Assert.Equal(answer.Blocks.Select(Steps.Describe), again.Blocks.Select(Steps.Describe));
        Assert.Equal(answer.Stop, again.Stop);
        Assert.Equal(answer.Id, again.Id);
        Assert.Equal(answer.Usage, again.Usage);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void What_is_written_says_what_the_provider_said(string id)
    {
        var recording = Recording.Of(id);
        var answer = recording.Codec.ReadAnswer(recording.BodyBytes);
        var to = new ArrayBufferWriter<byte>();
        recording.Codec.WriteAnswer(answer, Steps.Frame, to);
        var written = JsonNode.Parse(to.WrittenSpan)!;
        if (recording.Format == WireFormat.OpenAiResponses)
        {
            Assert.True(
                JsonNode.DeepEquals(
                    SameAnswer.Items(recording.Body!["output"]!),
                    SameAnswer.Items(written["output"]!)
                ),
                written["output"]!.ToJsonString()
            );
            Assert.Equal((string?)recording.Body["status"], (string?)written["status"]);
            return;
        }
        var said = recording.Body!["choices"]![0]!;
        var told = written["choices"]![0]!;
        Assert.Equal((string?)said["finish_reason"], (string?)told["finish_reason"]);
        Assert.Equal(SameAnswer.Message(said["message"]), SameAnswer.Message(told["message"]));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_is_read_with_whose_fault_it_is(string id)
    {
        var recording = Recording.Of(id);
        var error = recording.Codec.ReadError(recording.Status, recording.BodyBytes);
        Assert.NotEmpty(error.Message);
        Assert.NotEqual(UpstreamErrorKind.Other, error.Kind);
    }

    private static int Utf8(string text) => System.Text.Encoding.UTF8.GetByteCount(text);
}
