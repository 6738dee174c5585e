using System.Text;
using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Reads thoughts in the four ways that hosts of this format have: <c>reasoning_details</c>,
/// <c>reasoning_content</c>, <c>reasoning</c>, and Mistral's thinking parts inside the content.
/// Whole messages and pieces of a stream alike.
/// </summary>
internal sealed class ThoughtReader(BlockSequence blocks)
{
    private BlockSequence.Lane? _lane;
    private Entry _last;

    private readonly record struct Entry(long? Index, string? Id, string? Format);

    /// <summary>Reads what a message or a delta says of thoughts outside its content.</summary>
    public void Read(JsonElement message, IList<StreamEvent> to)
    {
        var any = false;
        foreach (var detail in message.Items("reasoning_details"u8))
        {
            any |= ReadDetail(detail, to);
        }
        // The plain members repeat what the details say.
        if (
            !any
            && (message.NonEmptyText("reasoning_content"u8) ?? message.NonEmptyText("reasoning"u8))
                is { } text
        )
        {
            ReadPlain(text, to);
        }
    }

    /// <summary>Thoughts without any tag: nobody's but the host's own.</summary>
    public void ReadPlain(string text, IList<StreamEvent> to)
    {
        if (text.Length == 0)
        {
            return;
        }
        if (_lane is not { IsEnded: false } || _last != default)
        {
            Begin(default, to);
        }
        blocks.Append(_lane!, text, to);
    }

    /// <summary>A content part <c>{"type":"thinking"}</c>; Mistral's thinking is a list of texts.</summary>
    public void ReadPart(JsonElement part, IList<StreamEvent> to)
    {
        var signature = part.NonEmptyText("signature"u8);
        var text = part.Text("thinking"u8) ?? JoinTexts(part);
        if (signature is null)
        {
            ReadPlain(text, to);
            return;
        }
        Begin(new Entry(null, null, ThoughtFormats.AnthropicTag), to);
        blocks.Append(_lane!, text, to);
        blocks.Sign(_lane!, signature, to);
    }

    private static string JoinTexts(JsonElement part)
    {
        var text = new StringBuilder();
        foreach (var piece in part.Items("thinking"u8))
        {
            text.Append(piece.Text("text"u8));
        }
        return text.ToString();
    }

    private bool ReadDetail(JsonElement detail, IList<StreamEvent> to)
    {
        var text = detail.NonEmptyText("text"u8) ?? detail.NonEmptyText("summary"u8);
        var signature = detail.NonEmptyText("signature"u8);
        var data = detail.NonEmptyText("data"u8);
        if (text is null && signature is null && data is null)
        {
            return false;
        }
        var entry = new Entry(
            detail.Whole("index"u8),
            detail.NonEmptyText("id"u8),
            detail.NonEmptyText("format"u8)
        );
        if (!Continues(entry, text, data))
        {
            Begin(entry, to);
        }
        blocks.Append(_lane!, text ?? "", to);
        blocks.Sign(_lane!, signature ?? "", to);
        if (data is not null)
        {
            _lane!.Head = (Block.Reasoning)_lane.Head with { Redacted = data };
        }
        return true;
    }

    private bool Continues(Entry entry, string? text, string? data)
    {
        if (
            _lane is not { IsEnded: false, Head: Block.Reasoning { Redacted: null } }
            || (
                entry.Format is not null && _last.Format is not null && entry.Format != _last.Format
            )
        )
        {
            return false;
        }
        return data is not null ? entry.Id is not null && entry.Id == _last.Id
            // Text after a signature is another thought.
            : text is not null && _lane.IsSigned ? false
            : entry.Index == _last.Index;
    }

    private void Begin(Entry entry, IList<StreamEvent> to)
    {
        _last = entry;
        _lane = blocks.Follow(
            new Block.Reasoning("")
            {
                Source = ThoughtFormats.VendorOf(entry.Format),
                Bag = ThoughtFormats.BagOf(entry.Format),
                ItemId = entry.Id,
            },
            to
        );
    }
}
