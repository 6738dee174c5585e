using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Turns a Messages stream into steps. Tolerates what compatible hosts do (no block start, no block
/// stop, a thought inside a text block), and closes each block before the next opens.
/// </summary>
internal sealed class MessagesStreamReader : IStreamReader
{
    private MessagesOpenBlock? _open;
    private MessagesUsage _usage;
    private string _id = "";
    private string? _stop;
    private string? _stopSequence;
    private JsonElement? _stopDetails;
    private int _next;
    private bool _started;
    private bool _over;

    public void Read(SseEvent from, IList<StreamEvent> to)
    {
        if (_over)
        {
            return;
        }
        try
        {
            Read(MessagesEvents.KindOf(from), from.Data, to);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent an event that is not JSON.", e);
        }
    }

    public void End(IList<StreamEvent> to)
    {
        if (_over)
        {
            return;
        }
        Close(to);
        if (_stop is not null)
        {
            // Everything was said but the farewell.
            Finish(to);
            return;
        }
        _over = true;
        to.Add(new StreamEvent.Failed(StreamCut.Error));
    }

    private void Read(MessagesEventKind kind, ReadOnlySpan<byte> data, IList<StreamEvent> to)
    {
        switch (kind)
        {
            case MessagesEventKind.MessageStart:
                Start(RawJson.Parse(data), to);
                break;
            case MessagesEventKind.BlockStart:
                OpenBlock(RawJson.Parse(data).Object("content_block"u8), to);
                break;
            case MessagesEventKind.BlockDelta:
                ReadDelta(RawJson.Parse(data).Object("delta"u8), to);
                break;
            case MessagesEventKind.BlockStop:
                Close(to);
                break;
            case MessagesEventKind.MessageDelta:
                ReadMessageDelta(RawJson.Parse(data));
                break;
            case MessagesEventKind.MessageStop:
                RequireStart();
                Finish(to);
                break;
            case MessagesEventKind.Error:
                Close(to);
                _over = true;
                to.Add(new StreamEvent.Failed(UpstreamErrors.Read(0, data.ToArray())));
                break;
        }
    }

    private void Start(JsonElement root, IList<StreamEvent> to)
    {
        if (_started)
        {
            throw new WireFormatException("The upstream began a second message in one stream.");
        }
        _started = true;
        var message = root.Object("message"u8);
        _id = message?.Text("id"u8) ?? "";
        to.Add(
            new StreamEvent.Started(message?.NonEmptyText("id"u8), message?.NonEmptyText("model"u8))
        );
        if (MergeUsage(message?.Object("usage"u8)))
        {
            to.Add(new StreamEvent.UsageReported(_usage.ToTokens()));
        }
        foreach (var block in message?.Items("content"u8) ?? default)
        {
            OpenBlock(block, to);
        }
    }

    private void OpenBlock(JsonElement? from, IList<StreamEvent> to)
    {
        RequireStart();
        if (from is not { } json)
        {
            throw new WireFormatException("The upstream began a block without saying which.");
        }
        Close(to);
        var block = MessagesBlocks.Read(json, ToolCallIds.Make(_id, _next));
        switch (block)
        {
            case Block.Text text:
                Open(text with { Value = "", Bag = null }, to);
                AddText(text.Value, to);
                CiteAll(json);
                break;
            case Block.Reasoning { Redacted: null } thought:
                Open(new Block.Reasoning("") { Source = Vendor.Anthropic }, to);
                AddThought(thought.Value, to);
                Sign(json.NonEmptyText("signature"u8), to);
                break;
            case Block.ToolCall call:
                Open(call with { ArgumentsJson = "{}" }, to);
                // Arguments come in deltas; a host that sends them whole puts them here.
                if (json.Object("input"u8) is { } input && input.GetPropertyCount() > 0)
                {
                    AddArguments(call.ArgumentsJson, to);
                }
                break;
            default:
                Open(block, to);
                break;
        }
    }

    private void ReadDelta(JsonElement? from, IList<StreamEvent> to)
    {
        RequireStart();
        if (from is not { } delta)
        {
            return;
        }
        switch (delta.Text("type"u8))
        {
            case "text_delta":
                if (_open?.Start is not Block.Text)
                {
                    Reopen(new Block.Text(""), to);
                }
                AddText(delta.Text("text"u8) ?? "", to);
                break;
            case "thinking_delta":
                EnsureThought(to);
                AddThought(delta.Text("thinking"u8) ?? "", to);
                break;
            case "signature_delta":
                EnsureThought(to);
                Sign(delta.NonEmptyText("signature"u8), to);
                break;
            case "input_json_delta" when _open?.Start is Block.ToolCall:
                AddArguments(delta.Text("partial_json"u8) ?? "", to);
                break;
            case "input_json_delta" when _open?.Start is not Block.Opaque:
                throw new WireFormatException("The upstream sent arguments of no tool call.");
            case "citations_delta":
                if (delta.Object("citation"u8) is { } citation)
                {
                    _open?.Cite(citation);
                }
                break;
            default:
                _open?.Merge(delta);
                break;
        }
    }

    private void ReadMessageDelta(JsonElement root)
    {
        RequireStart();
        var delta = root.Object("delta"u8);
        _stop = delta?.NonEmptyText("stop_reason"u8) ?? _stop;
        _stopSequence = delta?.NonEmptyText("stop_sequence"u8) ?? _stopSequence;
        _stopDetails = delta?.Object("stop_details"u8) ?? _stopDetails;
        MergeUsage(root.Object("usage"u8));
    }

    private void Finish(IList<StreamEvent> to)
    {
        Close(to);
        if (MessagesRefusal.Read(_stopDetails) is { } refusal)
        {
            to.Add(new StreamEvent.BlockStarted(_next, refusal with { Value = "" }));
            to.Add(new StreamEvent.RefusalDelta(_next, refusal.Value));
            to.Add(new StreamEvent.BlockStopped(_next++, refusal));
        }
        if (_usage.HasCounts)
        {
            to.Add(new StreamEvent.UsageReported(_usage.ToTokens()));
        }
        _over = true;
        to.Add(new StreamEvent.Finished(MessagesStopReasons.Read(_stop), _stop, _stopSequence));
    }

    private bool MergeUsage(JsonElement? usage)
    {
        if (usage is not { } found)
        {
            return false;
        }
        var reader = new Utf8JsonReader(found.RawUtf8());
        reader.Read();
        _usage.Merge(ref reader);
        return _usage.HasCounts;
    }

    private void EnsureThought(IList<StreamEvent> to)
    {
        if (_open?.Start is not Block.Reasoning { Redacted: null })
        {
            Reopen(new Block.Reasoning("") { Source = Vendor.Anthropic }, to);
        }
    }

    private void Reopen(Block start, IList<StreamEvent> to)
    {
        Close(to);
        Open(start, to);
    }

    private void Open(Block start, IList<StreamEvent> to)
    {
        _open = new MessagesOpenBlock(_next++, start);
        to.Add(new StreamEvent.BlockStarted(_open.Index, start));
    }

    private void AddText(string text, IList<StreamEvent> to)
    {
        if (text.Length > 0)
        {
            _open!.Append(text);
            to.Add(new StreamEvent.TextDelta(_open.Index, text));
        }
    }

    private void AddThought(string text, IList<StreamEvent> to)
    {
        if (text.Length > 0)
        {
            _open!.Append(text);
            to.Add(new StreamEvent.ReasoningDelta(_open.Index, text));
        }
    }

    private void AddArguments(string json, IList<StreamEvent> to)
    {
        if (json.Length > 0)
        {
            _open!.Append(json);
            to.Add(new StreamEvent.ToolArgumentsDelta(_open.Index, json));
        }
    }

    private void Sign(string? signature, IList<StreamEvent> to)
    {
        if (signature is null)
        {
            return;
        }
        _open!.Sign(signature);
        if (ThoughtSeal.Open(signature) is null)
        {
            to.Add(new StreamEvent.SignatureDelta(_open.Index, signature));
        }
    }

    private void CiteAll(JsonElement block)
    {
        foreach (var citation in block.Items("citations"u8))
        {
            _open!.Cite(citation);
        }
    }

    private void Close(IList<StreamEvent> to)
    {
        if (_open is not { } open)
        {
            return;
        }
        _open = null;
        if (open is { Start: Block.ToolCall, HasText: false })
        {
            to.Add(new StreamEvent.ToolArgumentsDelta(open.Index, "{}"));
        }
        to.Add(new StreamEvent.BlockStopped(open.Index, open.Finish()));
    }

    private void RequireStart()
    {
        if (!_started)
        {
            throw new WireFormatException("The upstream sent content before its message began.");
        }
    }
}
