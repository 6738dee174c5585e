// Responses is marked experimental in the library; it is what clients use all the same.
#pragma warning disable OPENAI001
using System.Buffers;
using System.ClientModel.Primitives;
using System.Text;
using Arda.Gateway.Wire;
using OpenAI.Chat;
using OpenAI.Responses;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>OpenAI's own .NET library is the judge: it throws on unknown reasons, roles, statuses.</summary>
public sealed class OpenAiOfficialClientTests
{
    public static TheoryData<string> Answers => Recording.Ids(r => r.IsAnswer);

    public static TheoryData<string> Streams => Recording.Ids(r => r.IsStream);

    // Every answer is written in both formats, wherever it came from.
    [Theory]
    [MemberData(nameof(Answers))]
    public void It_reads_every_answer_that_is_written(string id)
    {
        var recording = Recording.Of(id);
        var answer = recording.Codec.ReadAnswer(recording.BodyBytes);
        var text = string.Concat(answer.Blocks.OfType<Block.Text>().Select(block => block.Value));
        var chat = ModelReaderWriter.Read<ChatCompletion>(Write(Requests.Chat, answer))!;
        Assert.Equal(text, string.Concat(chat.Content.Select(part => part.Text)));
        Assert.Equal(
            answer.Blocks.OfType<Block.ToolCall>().Select(call => call.Id),
            chat.ToolCalls.Select(call => call.Id)
        );
        var response = ModelReaderWriter.Read<ResponseResult>(Write(Requests.Responses, answer))!;
        Assert.Equal(text, response.GetOutputText() ?? "");
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void It_reads_every_event_that_is_written(string id)
    {
        var recording = Recording.Of(id);
        var steps = Steps.Read(recording.Codec, recording.Events);
        if (steps[^1] is StreamEvent.Failed)
        {
            steps[^1] = new StreamEvent.Finished(StopReason.MaxTokens, null, null);
        }
        var text = string.Concat(steps.OfType<StreamEvent.TextDelta>().Select(delta => delta.Text));
        var chunks = Steps
            .Json(Steps.Write(Requests.Chat, steps))
            .Select(json => BinaryData.FromString(json.ToJsonString()))
            .Select(data => ModelReaderWriter.Read<StreamingChatCompletionUpdate>(data)!)
            .ToList();
        var said = chunks.SelectMany(chunk => chunk.ContentUpdate).Select(part => part.Text);
        Assert.Equal(text, string.Concat(said));
        Assert.NotNull(chunks.Single(chunk => chunk.FinishReason is not null));
        var events = Steps
            .Json(Steps.Write(Requests.Responses, steps))
            .Select(json => BinaryData.FromString(json.ToJsonString()))
            .Select(data => ModelReaderWriter.Read<StreamingResponseUpdate>(data)!)
            .ToList();
        var deltas = events.OfType<StreamingResponseOutputTextDeltaUpdate>();
        Assert.Equal(text, string.Concat(deltas.Select(delta => delta.Delta)));
    }

    private static BinaryData Write(IWireCodec codec, Answer answer)
    {
        var to = new ArrayBufferWriter<byte>();
        codec.WriteAnswer(answer, Steps.Frame, to);
        return BinaryData.FromString(Encoding.UTF8.GetString(to.WrittenSpan));
    }
}
