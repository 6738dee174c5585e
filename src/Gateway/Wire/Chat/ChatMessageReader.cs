using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Reads the assistant's words, from a finished message or from the deltas of a stream: the same
/// members mean the same in both.
/// </summary>
internal sealed class ChatMessageReader
{
    private readonly ThoughtReader _thoughts;
    private readonly Dictionary<long, Call> _calls = [];
    private BlockSequence.Lane? _text;
    private BlockSequence.Lane? _refusal;
    private int _callCount;
    private long _lastIndex;

    public ChatMessageReader() => _thoughts = new ThoughtReader(Blocks);

    public BlockSequence Blocks { get; } = new();

    private sealed record Call(string Id, BlockSequence.Lane Lane);

    /// <summary>Adds the steps that a message or delta means.</summary>
    /// <param name="message">The message or delta.</param>
    /// <param name="choice">What is around it: log probabilities.</param>
    /// <param name="turn">The answer's id, from which missing call ids are made.</param>
    /// <param name="to">Takes the steps.</param>
    public void Read(JsonElement message, JsonElement choice, string turn, IList<StreamEvent> to)
    {
        _thoughts.Read(message, to);
        ReadContent(message, choice, to);
        if (message.NonEmptyText("refusal"u8) is { } refusal)
        {
            _refusal = Reuse(_refusal, new Block.Refusal(""), to);
            Blocks.Append(_refusal, refusal, to);
        }
        foreach (var image in message.Items("images"u8))
        {
            ReadImage(image, to);
        }
        foreach (var call in message.Items("tool_calls"u8))
        {
            ReadCall(call, turn, to);
        }
        KeepBag(message);
    }

    private void ReadContent(JsonElement message, JsonElement choice, IList<StreamEvent> to)
    {
        var logprobs = choice.Object("logprobs"u8) is { } said
            ? LogprobsJson.Read(said, "content"u8)
            : null;
        if (message.Text("content"u8) is { } text)
        {
            AppendText(text, logprobs, to);
            return;
        }
        foreach (var part in message.Items("content"u8))
        {
            switch (part.Text("type"u8))
            {
                case "thinking":
                    _thoughts.ReadPart(part, to);
                    break;
                case "image_url":
                    ReadImage(part, to);
                    break;
                default:
                    AppendText(part.Text("text"u8) ?? "", logprobs, to);
                    break;
            }
        }
    }

    private void AppendText(
        string text,
        IReadOnlyList<TokenLogprob>? logprobs,
        IList<StreamEvent> to
    )
    {
        if (text.Length == 0 && logprobs is null)
        {
            return;
        }
        _text = Reuse(_text, new Block.Text(""), to);
        Blocks.Append(_text, text, to, logprobs);
    }

    private BlockSequence.Lane Reuse(BlockSequence.Lane? lane, Block head, IList<StreamEvent> to) =>
        lane is { IsEnded: false } ? lane : Blocks.Follow(head, to);

    private void ReadImage(JsonElement image, IList<StreamEvent> to)
    {
        if (
            image.Object("image_url"u8)?.NonEmptyText("url"u8) is { } url
            && MediaData.FromUrl(url) is { } source
        )
        {
            Blocks.Follow(new Block.Image(source), to);
        }
    }

    private void ReadCall(JsonElement piece, string turn, IList<StreamEvent> to)
    {
        var function = piece.Object("function"u8) ?? piece.Object("custom"u8);
        var name = function?.NonEmptyText("name"u8);
        var id = piece.NonEmptyText("id"u8);
        // Without an index a name begins another call, and a piece without a name goes on with it.
        var index = piece.Whole("index"u8) ?? (name is null ? _lastIndex : _callCount);
        _lastIndex = index;
        // Some hosts number every parallel call 0; another id is another call.
        var isNew =
            !_calls.TryGetValue(index, out var call)
            || (id is not null && id != call.Id && name is not null);
        if (isNew)
        {
            if (name is null)
            {
                throw new WireFormatException("A tool call came without the name of its function.");
            }
            id ??= ToolCallIds.Make(turn, _callCount);
            var head = new Block.ToolCall(id, name, "") { Bag = CallSignature.Read(piece) };
            call = _calls[index] = new Call(id, Blocks.Follow(head, to));
            _callCount++;
        }
        else if (CallSignature.Read(piece) is { } bag)
        {
            call!.Lane.Head = call.Lane.Head with { Bag = bag };
        }
        Blocks.Append(call!.Lane, Arguments(function), to);
        Blocks.Advance(to);
    }

    // A few hosts send the arguments as the object itself.
    private static string Arguments(JsonElement? function) =>
        function?.Member("arguments"u8) switch
        {
            { ValueKind: JsonValueKind.String } text => text.Lenient(),
            { ValueKind: JsonValueKind.Object } json => json.GetRawText(),
            _ => "",
        };

    private void KeepBag(JsonElement message)
    {
        if (_text is not { IsEnded: false } text)
        {
            return;
        }
        var bag =
            CallSignature.Read(message)
            ?? ItemBag.Of(null, null, ChatAnnotations.Read(message))
            ?? text.Head.Bag;
        text.Head = text.Head with { Bag = bag };
    }
}
