using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>
/// Turns Gemini's chunks into steps. Parts carry no marks of begin and end, so a block goes on as
/// long as its kind does. There is no terminator either, and some models repeat their finish reason
/// on every chunk: only the closing of the stream ends the answer.
/// </summary>
internal sealed class GeminiStreamReader : IStreamReader
{
    private readonly StringBuilder _text = new();
    private readonly List<TokenLogprob> _logprobs = [];
    private GeminiUsage _usage;
    private Block? _open;
    private string? _signature;
    private string _id = "";
    private string? _finish;
    private string? _blocked;
    private int _index = -1;
    private bool _started;
    private bool _calledTools;
    private bool _over;

    public void Read(SseEvent from, IList<StreamEvent> to)
    {
        if (_over || from.Data.IsEmpty)
        {
            return;
        }
        try
        {
            var root = RawJson.Parse(from.Data);
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new WireFormatException("The upstream sent JSON that is not an object.");
            }
            ReadChunk(root, to);
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
        _over = true;
        Close(to);
        if (_usage.HasCounts)
        {
            to.Add(new StreamEvent.UsageReported(_usage.ToTokens()));
        }
        if (_finish is not null)
        {
            var reason = GeminiFinish.Read(_finish, _calledTools);
            to.Add(new StreamEvent.Finished(reason, _finish, null));
        }
        else if (_blocked is not null)
        {
            to.Add(new StreamEvent.Finished(StopReason.ContentFilter, _blocked, null));
        }
        else
        {
            to.Add(new StreamEvent.Failed(StreamCut.Error));
        }
    }

    private void ReadChunk(JsonElement root, IList<StreamEvent> to)
    {
        if (root.Member("error"u8) is not null)
        {
            Close(to);
            _over = true;
            to.Add(new StreamEvent.Failed(UpstreamErrors.Read(0, root)));
            return;
        }
        if (root.Object("usageMetadata"u8) is { } usage)
        {
            var reader = new Utf8JsonReader(usage.RawUtf8());
            reader.Read();
            var counts = GeminiUsage.Read(ref reader);
            _usage = counts.HasCounts ? counts : _usage;
        }
        Start(root, to);
        _blocked = root.Object("promptFeedback"u8)?.NonEmptyText("blockReason"u8) ?? _blocked;
        if (GeminiAnswers.Candidate(root) is not { } candidate)
        {
            return;
        }
        var logprobs = GeminiLogprobs.Read(candidate);
        foreach (var part in candidate.Object("content"u8)?.Items("parts"u8) ?? default)
        {
            ReadPart(part, logprobs, to);
        }
        _finish = candidate.NonEmptyText("finishReason"u8) ?? _finish;
    }

    private void Start(JsonElement root, IList<StreamEvent> to)
    {
        if (_started)
        {
            return;
        }
        _started = true;
        _id = root.Text("responseId"u8) ?? "";
        to.Add(
            new StreamEvent.Started(
                root.NonEmptyText("responseId"u8),
                root.NonEmptyText("modelVersion"u8)
            )
        );
        if (_usage.HasCounts)
        {
            to.Add(new StreamEvent.UsageReported(_usage.ToTokens()));
        }
    }

    private void ReadPart(
        JsonElement part,
        IReadOnlyList<TokenLogprob>? logprobs,
        IList<StreamEvent> to
    )
    {
        switch (GeminiParts.Read(part, ToolCallIds.Make(_id, _index + 1)))
        {
            case Block.Reasoning thought:
                if (_open is not Block.Reasoning)
                {
                    Open(new Block.Reasoning("") { Source = Vendor.Google }, to);
                }
                if (thought.Value.Length > 0)
                {
                    _text.Append(thought.Value);
                    to.Add(new StreamEvent.ReasoningDelta(_index, thought.Value));
                }
                Sign(thought.Signature, to);
                break;
            case Block.Text text:
                ReadText(text, logprobs, to);
                break;
            case Block.ToolCall call:
                _calledTools = true;
                Open(call with { ArgumentsJson = "{}" }, to);
                to.Add(new StreamEvent.ToolArgumentsDelta(_index, call.ArgumentsJson));
                _open = call;
                Close(to);
                break;
            case { } block:
                Open(block, to);
                Close(to);
                break;
        }
    }

    private void ReadText(
        Block.Text text,
        IReadOnlyList<TokenLogprob>? logprobs,
        IList<StreamEvent> to
    )
    {
        var signature = ThoughtSignature.Of(text);
        if (text.Value.Length == 0 && _open is not Block.Text)
        {
            // The signature of the whole turn comes last, in a part with no text of its own.
            Sign(signature, to);
            return;
        }
        if (_open is not Block.Text)
        {
            Open(new Block.Text(""), to);
        }
        if (text.Value.Length > 0)
        {
            _text.Append(text.Value);
            _logprobs.AddRange(logprobs ?? []);
            to.Add(new StreamEvent.TextDelta(_index, text.Value) { Logprobs = logprobs });
        }
        _signature = signature ?? _signature;
    }

    private void Sign(string? signature, IList<StreamEvent> to)
    {
        if (signature is not null && _open is Block.Reasoning)
        {
            _signature += signature;
            to.Add(new StreamEvent.SignatureDelta(_index, signature));
        }
    }

    private void Open(Block start, IList<StreamEvent> to)
    {
        Close(to);
        _open = start;
        to.Add(new StreamEvent.BlockStarted(++_index, start));
    }

    private void Close(IList<StreamEvent> to)
    {
        if (_open is not { } open)
        {
            return;
        }
        var value = _text.ToString();
        Block whole = open switch
        {
            Block.Text => new Block.Text(value)
            {
                Bag = GeminiParts.BagOf(_signature),
                Logprobs = _logprobs.Count > 0 ? [.. _logprobs] : null,
            },
            Block.Reasoning thought => thought with { Value = value, Signature = _signature },
            _ => open,
        };
        (_open, _signature) = (null, null);
        _text.Clear();
        _logprobs.Clear();
        to.Add(new StreamEvent.BlockStopped(_index, whole));
    }
}
