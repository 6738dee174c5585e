using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Turns <c>chat.completion.chunk</c> events into steps. The finish reason is held until the end of
/// the stream, because usage and even errors come after it.
/// </summary>
internal sealed class ChatStreamReader : IStreamReader
{
    private readonly ChatMessageReader _message = new();
    private string _id = "";
    private bool _started;
    private bool _over;
    private string? _finish;
    private string? _native;
    private string? _stopSequence;
    private TokenUsage? _usage;

    public void Read(SseEvent from, IList<StreamEvent> to)
    {
        if (_over || from.Data.IsEmpty)
        {
            return;
        }
        if (from.Data.SequenceEqual("[DONE]"u8))
        {
            End(to);
            return;
        }
        try
        {
            using var document = AnswerInput.ParseObject(from.Data.ToArray());
            ReadChunk(document.RootElement, from.Name.SequenceEqual("error"u8), to);
        }
        catch (InvalidOperationException e)
        {
            throw new WireFormatException("The upstream sent text that is not Unicode.", e);
        }
    }

    public void End(IList<StreamEvent> to)
    {
        if (_over)
        {
            return;
        }
        if (_finish is null)
        {
            Fail(ChatStreamErrors.Cut, to);
            return;
        }
        _over = true;
        _message.Blocks.EndAll(to);
        ReportUsage(to);
        var reason = ChatStopReasons.Read(
            _finish,
            _message.Blocks.HasToolCalls,
            _message.Blocks.HasRefusal
        );
        var isBySequence = reason == StopReason.EndTurn && _stopSequence is not null;
        to.Add(
            new StreamEvent.Finished(
                isBySequence ? StopReason.StopSequence : reason,
                _native ?? _finish,
                _stopSequence
            )
        );
    }

    private void Fail(UpstreamError error, IList<StreamEvent> to)
    {
        _over = true;
        _message.Blocks.EndAll(to);
        ReportUsage(to);
        to.Add(new StreamEvent.Failed(error));
    }

    private void ReportUsage(IList<StreamEvent> to)
    {
        if (_usage is { } usage)
        {
            to.Add(new StreamEvent.UsageReported(usage));
        }
    }

    private void ReadChunk(JsonElement chunk, bool isErrorEvent, IList<StreamEvent> to)
    {
        if (isErrorEvent || chunk.Member("error"u8) is not null)
        {
            _usage = ChatAnswerReader.Usage(chunk) ?? _usage;
            Fail(UpstreamErrors.Read(0, chunk), to);
            return;
        }
        if (!_started)
        {
            _started = true;
            _id = chunk.Text("id"u8) ?? "";
            to.Add(
                new StreamEvent.Started(chunk.NonEmptyText("id"u8), chunk.NonEmptyText("model"u8))
            );
        }
        foreach (var choice in chunk.Items("choices"u8))
        {
            // The model carries one answer; n > 1 stays in this format and passes as bytes.
            if (choice.ValueKind == JsonValueKind.Object && (choice.Whole("index"u8) ?? 0) == 0)
            {
                ReadChoice(choice, to);
            }
        }
        if (ChatAnswerReader.Usage(chunk) is { } usage)
        {
            _usage = usage;
        }
    }

    private void ReadChoice(JsonElement choice, IList<StreamEvent> to)
    {
        if ((choice.Object("delta"u8) ?? choice.Object("message"u8)) is { } delta)
        {
            _message.Read(delta, choice, _id, to);
        }
        if (choice.NonEmptyText("finish_reason"u8) is { } finish)
        {
            _finish = finish;
            _native = choice.NonEmptyText("native_finish_reason"u8);
            _stopSequence = choice.NonEmptyText("stop_reason"u8); // vLLM
            _message.Blocks.EndAll(to);
        }
    }
}

internal static class ChatStreamErrors
{
    public static readonly UpstreamError Cut = new()
    {
        Message = "The model's provider closed the stream before the answer was complete.",
        Code = "stream_cut",
        Kind = UpstreamErrorKind.Server,
    };
}
