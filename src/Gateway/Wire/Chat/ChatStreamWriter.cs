using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Writes <c>chat.completion.chunk</c> events. Tools are counted on their own from 0, whatever other
/// blocks stand between them; id and name come with a call's first chunk only.
/// </summary>
internal sealed class ChatStreamWriter(AnswerFrame frame) : IStreamWriter
{
    // Tells who reads it that the gateway, not the model, ended the answer.
    private const string CutByGateway = "gateway_limit";

    private readonly ChunkOutput _chunks = new(frame);
    private bool _started;
    private int _calls;
    private bool _hasArguments;
    private bool _isSignedCall;
    private int _thoughts;
    private Block.Reasoning? _thought;
    private bool _hasThoughtText;
    private bool _hasSignature;
    private StreamEvent.Finished? _finish;

    public void Write(StreamEvent from, IBufferWriter<byte> to)
    {
        switch (from)
        {
            case StreamEvent.Started started:
                Start(started.Id, to);
                break;
            case StreamEvent.BlockStarted started:
                Start(null, to);
                BeginBlock(started.Block, to);
                break;
            case StreamEvent.TextDelta delta:
                _chunks.Begin(to).WriteString("content"u8, delta.Text);
                _chunks.End(to, delta.Logprobs);
                break;
            case StreamEvent.RefusalDelta delta:
                _chunks.Begin(to).WriteString("refusal"u8, delta.Text);
                _chunks.End(to);
                break;
            case StreamEvent.ReasoningDelta delta:
                WriteThought(delta.Text, to);
                break;
            case StreamEvent.SignatureDelta delta:
                WriteSignature(delta.Signature, to);
                break;
            case StreamEvent.ToolArgumentsDelta delta:
                WriteArguments(delta.Json, null, to);
                break;
            case StreamEvent.BlockStopped stopped:
                EndBlock(stopped.Block, to);
                break;
            case StreamEvent.Finished finished:
                _finish = finished;
                break;
        }
    }

    public void Complete(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to)
    {
        var reason = _finish?.Reason ?? StopReason.EndTurn;
        WriteEnd(ChatStopReasons.Write(reason, _finish?.Native), _finish?.Native, usage, cost, to);
    }

    public void Truncate(TokenUsage? usage, Cost? cost, IBufferWriter<byte> to) =>
        WriteEnd("length", CutByGateway, usage, cost, to);

    public void Fail(ErrorFacts error, IBufferWriter<byte> to)
    {
        SseOutput.StartData(to);
        ErrorJson.WriteBody(WireFormat.OpenAiChat, error, to);
        SseOutput.End(to);
    }

    public void KeepAlive(IBufferWriter<byte> to) => SseOutput.Comment(to);

    private void WriteEnd(
        string finish,
        string? native,
        TokenUsage? usage,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        Start(null, to);
        _chunks.Begin(to);
        _chunks.End(to, null, finish, native);
        if (frame.IncludeUsage && usage is not null)
        {
            _chunks.WriteUsage(usage, cost, to);
        }
        to.Write("data: [DONE]\n\n"u8);
    }

    private void Start(string? id, IBufferWriter<byte> to)
    {
        if (_started)
        {
            return;
        }
        _started = true;
        _chunks.Id = id is { Length: > 0 } ? id : _chunks.Id;
        var delta = _chunks.Begin(to);
        delta.WriteString("role"u8, "assistant"u8);
        delta.WriteString("content"u8, ""u8);
        _chunks.End(to);
    }

    private void BeginBlock(Block block, IBufferWriter<byte> to)
    {
        switch (block)
        {
            case Block.ToolCall call:
                BeginCall(call, to);
                break;
            case Block.Reasoning thought:
                _thought = thought;
                _hasThoughtText = _hasSignature = false;
                break;
            case Block.Image image:
                ChatAnswerWriter.WriteImages(_chunks.Begin(to), [image]);
                _chunks.End(to);
                break;
        }
    }

    private void BeginCall(Block.ToolCall call, IBufferWriter<byte> to)
    {
        var delta = _chunks.Begin(to);
        delta.WriteStartArray("tool_calls"u8);
        delta.WriteStartObject();
        delta.WriteNumber("index"u8, _calls);
        delta.WriteString("id"u8, call.Id);
        delta.WriteString("type"u8, "function"u8);
        delta.WriteStartObject("function"u8);
        delta.WriteString("name"u8, call.Name);
        delta.WriteString("arguments"u8, ""u8);
        delta.WriteEndObject();
        CallSignature.Write(delta, call);
        delta.WriteEndObject();
        delta.WriteEndArray();
        _chunks.End(to);
        _hasArguments = false;
        _isSignedCall = ThoughtSignature.Of(call) is not null;
    }

    private void WriteArguments(string json, Block.ToolCall? signed, IBufferWriter<byte> to)
    {
        _hasArguments = true;
        var delta = _chunks.Begin(to);
        delta.WriteStartArray("tool_calls"u8);
        delta.WriteStartObject();
        delta.WriteNumber("index"u8, _calls);
        delta.WriteStartObject("function"u8);
        delta.WriteString("arguments"u8, json);
        delta.WriteEndObject();
        if (signed is not null)
        {
            CallSignature.Write(delta, signed);
        }
        delta.WriteEndObject();
        delta.WriteEndArray();
        _chunks.End(to);
    }

    private void WriteThought(string text, IBufferWriter<byte> to)
    {
        Invariant.Holds(_thought is not null, "A thought's delta follows its start.");
        _hasThoughtText = true;
        var delta = _chunks.Begin(to);
        delta.WriteString("reasoning_content"u8, text);
        delta.WriteStartArray("reasoning_details"u8);
        ReasoningDetails.WriteText(delta, _thought, text, null, _thoughts);
        delta.WriteEndArray();
        _chunks.End(to);
    }

    private void WriteSignature(string signature, IBufferWriter<byte> to)
    {
        Invariant.Holds(_thought is not null, "A signature follows its thought's start.");
        _hasSignature = true;
        var delta = _chunks.Begin(to);
        delta.WriteStartArray("reasoning_details"u8);
        ReasoningDetails.WriteText(delta, _thought, null, signature, _thoughts);
        delta.WriteEndArray();
        _chunks.End(to);
    }

    // What came without pieces of its own is told now, from the whole block.
    private void EndBlock(Block block, IBufferWriter<byte> to)
    {
        switch (block)
        {
            case Block.ToolCall call:
                EndCall(call, to);
                break;
            case Block.Reasoning thought:
                EndThought(thought, to);
                break;
            case Block.Text text:
                EndText(text, to);
                break;
        }
    }

    private void EndCall(Block.ToolCall call, IBufferWriter<byte> to)
    {
        var isSignedLate = !_isSignedCall && ThoughtSignature.Of(call) is not null;
        if (!_hasArguments || isSignedLate)
        {
            WriteArguments(_hasArguments ? "" : call.ArgumentsJson, isSignedLate ? call : null, to);
        }
        _calls++;
    }

    private void EndThought(Block.Reasoning thought, IBufferWriter<byte> to)
    {
        _thought = thought;
        if (!_hasThoughtText && thought.Value.Length > 0)
        {
            WriteThought(thought.Value, to);
        }
        if (!_hasSignature && thought.Signature is { } signature)
        {
            WriteSignature(signature, to);
        }
        if (thought.Redacted is { } data)
        {
            var delta = _chunks.Begin(to);
            delta.WriteStartArray("reasoning_details"u8);
            ReasoningDetails.WriteData(delta, thought, data, _thoughts);
            delta.WriteEndArray();
            _chunks.End(to);
        }
        _thoughts++;
        _thought = null;
    }

    private void EndText(Block.Text text, IBufferWriter<byte> to)
    {
        var isSigned = ThoughtSignature.Of(text) is not null;
        var isCited = ItemBag.Annotations(text).Any();
        if (!isSigned && !isCited)
        {
            return;
        }
        var delta = _chunks.Begin(to);
        if (isCited)
        {
            ChatAnnotations.Write(delta, [text]);
        }
        CallSignature.Write(delta, text);
        _chunks.End(to);
    }
}
