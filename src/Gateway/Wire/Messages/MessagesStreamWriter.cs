using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Writes a Messages stream as Anthropic's own clients need it: one message_start, each block opened
/// lazily and closed before the next, an <c>event:</c> line on every frame, the stop reason with
/// cumulative usage in message_delta.
/// </summary>
internal sealed class MessagesStreamWriter(AnswerFrame frame) : IStreamWriter
{
    private readonly MessagesFrames _frames = new();
    private Block? _block;
    private Block.Refusal? _refusal;
    private StreamEvent.Finished? _finished;
    private TokenUsage? _usage;
    private string? _id;
    private int _index = -1;
    private bool _hasStarted;
    private bool _isOpen;

    public void Write(StreamEvent from, IBufferWriter<byte> to)
    {
        switch (from)
        {
            case StreamEvent.Started started:
                _id = started.Id;
                return;
            case StreamEvent.UsageReported reported:
                // The prompt's size belongs into message_start, so that waits for it.
                _usage = reported.Usage;
                return;
            case StreamEvent.Finished finished:
                _finished = finished;
                return;
            case StreamEvent.Failed:
                return;
        }
        Start(to);
        switch (from)
        {
            case StreamEvent.BlockStarted started:
                Begin(started.Block, to);
                break;
            case StreamEvent.TextDelta { Text.Length: > 0 } text:
                Open(to);
                _frames.Delta(to, _index, "text_delta"u8, "text"u8, text.Text);
                break;
            case StreamEvent.RefusalDelta { Text.Length: > 0 } text when _refusal is null:
                Open(to);
                _frames.Delta(to, _index, "text_delta"u8, "text"u8, text.Text);
                break;
            case StreamEvent.ReasoningDelta { Text.Length: > 0 } thought:
                Open(to);
                _frames.Delta(to, _index, "thinking_delta"u8, "thinking"u8, thought.Text);
                break;
            case StreamEvent.ToolArgumentsDelta { Json.Length: > 0 } arguments:
                Open(to);
                _frames.Delta(to, _index, "input_json_delta"u8, "partial_json"u8, arguments.Json);
                break;
            case StreamEvent.BlockStopped stopped:
                Finish(stopped.Block, to);
                break;
        }
    }

    public void Complete(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to)
    {
        var reason = _finished is { } finished
            ? MessagesStopReasons.Write(finished.Reason, finished.Native)
            : null;
        End(reason, _finished?.StopSequence, usage, cost, to);
    }

    public void Truncate(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to) =>
        End("max_tokens", null, usage, cost, to);

    public void Fail(ErrorFacts error, IBufferWriter<byte> to) => MessagesFrames.Error(to, error);

    public void KeepAlive(IBufferWriter<byte> to) => MessagesFrames.Ping(to);

    private void Start(IBufferWriter<byte> to)
    {
        if (_hasStarted)
        {
            return;
        }
        _hasStarted = true;
        var writer = _frames.Begin(to, "message_start"u8);
        writer.WriteStartObject("message"u8);
        writer.WriteString("id"u8, MessagesAnswers.IdOf(_id, frame));
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("model"u8, frame.Model);
        writer.WriteStartArray("content"u8);
        writer.WriteEndArray();
        writer.WriteNull("stop_reason"u8);
        writer.WriteNull("stop_sequence"u8);
        writer.WriteNull("stop_details"u8);
        writer.WriteStartObject("usage"u8);
        MessagesUsage.Write(writer, PromptUsage());
        writer.WriteEndObject();
        writer.WriteEndObject();
        _frames.End(to);
    }

    // Clients show this number until the end; a zero would be shown as a free prompt. Where the
    // upstream has not said, four bytes a token is near enough, and message_delta corrects it.
    private TokenUsage PromptUsage()
    {
        if (_usage is { } usage)
        {
            return usage with { Output = 0, Reasoning = 0, ImageOutput = 0, WebSearches = 0 };
        }
        var chars =
            frame
                .Request?.Turns.SelectMany(turn => turn.Blocks)
                .OfType<Block.Text>()
                .Sum(text => (long)text.Value.Length)
            ?? 0;
        return new TokenUsage { Input = chars / 4 };
    }

    private void Begin(Block block, IBufferWriter<byte> to)
    {
        _block = block;
        switch (block)
        {
            case Block.ToolCall:
                if (MessagesBlocks.SealedSignatureOf(block) is { } signature)
                {
                    WriteRedacted(signature, to);
                }
                Open(to);
                break;
            case Block.Refusal refusal when MessagesRefusal.IsDetails(refusal):
                _refusal = refusal;
                break;
        }
    }

    // Opens the current block if it is not: a text that never comes is never shown.
    private void Open(IBufferWriter<byte> to)
    {
        if (_isOpen)
        {
            return;
        }
        _isOpen = true;
        var writer = _frames.BeginBlock(to, ++_index);
        switch (_block)
        {
            case Block.ToolCall call:
                MessagesBlocks.WriteAnswerCall(writer, call with { ArgumentsJson = "{}" });
                break;
            case Block.Reasoning:
                writer.WriteStartObject();
                writer.WriteString("type"u8, "thinking"u8);
                writer.WriteString("thinking"u8, ""u8);
                writer.WriteString("signature"u8, ""u8);
                writer.WriteEndObject();
                break;
            default:
                writer.WriteStartObject();
                writer.WriteString("type"u8, "text"u8);
                writer.WriteString("text"u8, ""u8);
                writer.WriteEndObject();
                break;
        }
        _frames.End(to);
    }

    private void Finish(Block block, IBufferWriter<byte> to)
    {
        switch (block)
        {
            case Block.Text text:
                Cite(text, to);
                Close(to);
                if (MessagesBlocks.SealedSignatureOf(text) is { } signature)
                {
                    WriteRedacted(signature, to);
                }
                break;
            case Block.Reasoning thought when MessagesBlocks.IsRedacted(thought):
                WriteRedacted(thought.Redacted!, to);
                break;
            case Block.Reasoning thought:
                Sign(thought, to);
                break;
            case Block.Refusal refusal when MessagesRefusal.IsDetails(refusal):
                _refusal = refusal;
                break;
            case Block.Opaque { Content.Vendor: Vendor.Anthropic } opaque:
                WriteOpaque(opaque.Content.Json, to);
                break;
        }
        Close(to);
        _block = null;
    }

    private void Cite(Block.Text text, IBufferWriter<byte> to)
    {
        if (text.Bag is not { Vendor: Vendor.Anthropic } bag)
        {
            return;
        }
        foreach (var citation in bag.Json.Items("citations"u8))
        {
            Open(to);
            var writer = _frames.BeginDelta(to, _index, "citations_delta"u8);
            writer.WritePropertyName("citation"u8);
            writer.WriteRaw(citation);
            _frames.EndDelta(to);
        }
    }

    private void Sign(Block.Reasoning thought, IBufferWriter<byte> to)
    {
        if (!_isOpen && thought is { Signature: null, Redacted: null })
        {
            return;
        }
        var signature = MessagesBlocks.SignatureOf(thought);
        if (signature.Length > 0)
        {
            Open(to);
            _frames.Delta(to, _index, "signature_delta"u8, "signature"u8, signature);
        }
    }

    private void WriteRedacted(string data, IBufferWriter<byte> to)
    {
        var writer = _frames.BeginBlock(to, ++_index);
        MessagesBlocks.WriteRedacted(writer, data);
        _frames.End(to);
        _frames.StopBlock(to, _index);
    }

    // A server tool's call shows its input as clients expect it, in a delta; other blocks come whole.
    private void WriteOpaque(JsonElement block, IBufferWriter<byte> to)
    {
        var input =
            block.Text("type"u8) is { } type && type.EndsWith("tool_use", StringComparison.Ordinal)
                ? block.Object("input"u8)
                : null;
        var writer = _frames.BeginBlock(to, ++_index);
        if (input is null)
        {
            writer.WriteRaw(block);
        }
        else
        {
            writer.WriteStartObject();
            foreach (var member in JsonOutput.Rest(block, "input")?.EnumerateObject() ?? default)
            {
                writer.WritePropertyName(member.Name);
                writer.WriteRaw(member.Value);
            }
            writer.WriteStartObject("input"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        _frames.End(to);
        if (input is { } arguments)
        {
            var json = arguments.RawText();
            _frames.Delta(to, _index, "input_json_delta"u8, "partial_json"u8, json);
        }
        _frames.StopBlock(to, _index);
    }

    private void Close(IBufferWriter<byte> to)
    {
        if (_isOpen)
        {
            _isOpen = false;
            _frames.StopBlock(to, _index);
        }
    }

    private void End(
        string? reason,
        string? sequence,
        TokenUsage? usage,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        Start(to);
        Close(to);
        var writer = _frames.Begin(to, "message_delta"u8);
        writer.WriteStartObject("delta"u8);
        writer.WriteString("stop_reason"u8, reason);
        MessagesAnswers.WriteStopSequence(writer, sequence);
        MessagesRefusal.Write(writer, _refusal);
        writer.WriteEndObject();
        writer.WriteStartObject("usage"u8);
        MessagesUsage.Write(writer, usage ?? _usage ?? TokenUsage.Zero);
        CostJson.WriteMembers(writer, cost);
        writer.WriteEndObject();
        _frames.End(to);
        _frames.Begin(to, "message_stop"u8);
        _frames.End(to);
    }
}
