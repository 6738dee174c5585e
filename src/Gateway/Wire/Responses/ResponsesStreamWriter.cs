using System.Buffers;
using System.Text;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// Writes a response as events. An item stays open until the next block begins or the answer ends:
/// only then is it known that no further part belongs to it, and whether it was cut.
/// </summary>
internal sealed class ResponsesStreamWriter : IStreamWriter
{
    // Tells who reads it that the gateway, not the model, ended the answer.
    private const string CutByGateway = "gateway_limit";

    private readonly AnswerFrame _frame;
    private readonly EventOutput _events = new();
    private readonly ItemEvents _itemEvents;
    private readonly OutputItems _items;
    private readonly StringBuilder _content = new();
    private Block? _open;
    private string _id;
    private bool _started;
    private bool _hasRefusal;
    private bool _isShown;
    private StreamEvent.Finished? _finish;

    public ResponsesStreamWriter(AnswerFrame frame)
    {
        _frame = frame;
        _items = new OutputItems(frame);
        _itemEvents = new ItemEvents(_events);
        _id = frame.Generation.Value;
    }

    public void Write(StreamEvent from, IBufferWriter<byte> to)
    {
        switch (from)
        {
            case StreamEvent.Started started:
                Start(started.Id, to);
                break;
            case StreamEvent.BlockStarted started:
                Begin(started.Block, to);
                break;
            case StreamEvent.TextDelta delta:
                Append(delta.Text, delta.Logprobs, to);
                break;
            case StreamEvent.RefusalDelta delta:
                Append(delta.Text, null, to);
                break;
            case StreamEvent.ReasoningDelta delta:
                Append(delta.Text, null, to);
                break;
            case StreamEvent.ToolArgumentsDelta delta:
                Append(delta.Json, null, to);
                break;
            case StreamEvent.BlockStopped stopped:
                _open = null;
                EndBlock(stopped.Block, to);
                break;
            case StreamEvent.Finished finished:
                _finish = finished;
                EndItem(IsCut(finished) ? "incomplete" : "completed", to);
                break;
        }
    }

    public void Complete(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to)
    {
        Start(null, to);
        var reason = _finish?.Reason ?? StopReason.EndTurn;
        var incomplete = ResponsesStopReasons.Incomplete(reason, _hasRefusal);
        CloseOpen(incomplete is null ? "completed" : "incomplete", to);
        WriteEnd(incomplete, _finish?.Native, usage, cost, to);
    }

    public void Truncate(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to)
    {
        Start(null, to);
        CloseOpen("incomplete", to);
        WriteEnd("max_output_tokens", CutByGateway, usage, cost, to);
    }

    /// <summary>As OpenAI does it: an <c>error</c> event, which every client raises, then
    /// <c>response.failed</c> for those that follow the response. A writer that wrote nothing yet
    /// cannot name the response that its client may have seen begin.</summary>
    public void Fail(ErrorFacts error, IBufferWriter<byte> to)
    {
        var wasStarted = _started;
        if (wasStarted)
        {
            CloseOpen("incomplete", to);
        }
        var json = _events.Begin("error"u8, to);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteString("param"u8, error.Param);
        json.WritePropertyName("error"u8);
        ErrorJson.WriteError(WireFormat.OpenAiResponses, error, json);
        _events.End(to);
        if (wasStarted)
        {
            WriteResponse("response.failed"u8, Facts("failed") with { Error = error }, to);
        }
    }

    public void KeepAlive(IBufferWriter<byte> to) => SseOutput.Comment(to);

    private bool IsCut(StreamEvent.Finished finish) =>
        finish.Reason != StopReason.Error
        && ResponsesStopReasons.Incomplete(finish.Reason, _hasRefusal) is not null;

    private void Start(string? id, IBufferWriter<byte> to)
    {
        if (_started)
        {
            return;
        }
        _started = true;
        _id = id is { Length: > 0 } ? id : _id;
        WriteResponse("response.created"u8, Facts("in_progress"), to);
        WriteResponse("response.in_progress"u8, Facts("in_progress"), to);
    }

    private void Begin(Block block, IBufferWriter<byte> to)
    {
        Start(null, to);
        _hasRefusal |= block is Block.Refusal;
        _open = block;
        _content.Clear();
        // Where the block makes a new item, the last one is done first.
        if (_items.All.Count > 0 && !_items.All[^1].Takes(block))
        {
            EndItem("completed", to);
        }
        var item = _items.Place(block);
        _isShown = item is not null;
        if (item is not null)
        {
            _itemEvents.Begin(item, to);
        }
    }

    private void Append(string text, IReadOnlyList<TokenLogprob>? logprobs, IBufferWriter<byte> to)
    {
        if (_isShown)
        {
            _content.Append(text);
            _itemEvents.Delta(text, logprobs, to);
        }
    }

    private void EndBlock(Block whole, IBufferWriter<byte> to)
    {
        if (_isShown)
        {
            _itemEvents.EndBlock(whole, to);
        }
    }

    private void EndItem(string status, IBufferWriter<byte> to)
    {
        if (_itemEvents.HasOpenItem)
        {
            _itemEvents.EndItem(status, to);
        }
    }

    // A block that was cut off is done with what there is of it.
    private void CloseOpen(string status, IBufferWriter<byte> to)
    {
        if (_open is { } open)
        {
            var content = _content.ToString();
            EndBlock(
                open switch
                {
                    Block.Text text => text with { Value = content },
                    Block.Refusal refusal => refusal with { Value = content },
                    Block.Reasoning thought => thought with { Value = content },
                    Block.ToolCall call => call with { ArgumentsJson = content },
                    _ => open,
                },
                to
            );
            _open = null;
        }
        EndItem(status, to);
    }

    private ResponseFacts Facts(string status) => new() { Id = _id, Status = status };

    private void WriteEnd(
        string? incomplete,
        string? native,
        TokenUsage? usage,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        var facts = Facts(incomplete is null ? "completed" : "incomplete") with
        {
            Incomplete = incomplete,
            NativeReason = native,
            Usage = usage,
            Cost = cost,
        };
        WriteResponse(
            incomplete is null ? "response.completed"u8 : "response.incomplete"u8,
            facts,
            to
        );
    }

    private void WriteResponse(ReadOnlySpan<byte> name, ResponseFacts facts, IBufferWriter<byte> to)
    {
        var json = _events.Begin(name, to);
        json.WritePropertyName("response"u8);
        ResponseJson.Write(json, _frame, facts, _items.All);
        _events.End(to);
    }
}
