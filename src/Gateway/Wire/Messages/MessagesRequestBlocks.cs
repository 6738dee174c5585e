using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Content of a request: a string, or blocks in their order.</summary>
internal sealed class MessagesRequestBlocks(List<string> unknown)
{
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    public IReadOnlyList<Block> Content(RequestInput from, string member)
    {
        switch (from.Raw(member)?.ValueKind)
        {
            case null:
                return [];
            case JsonValueKind.String:
                return [new Block.Text(from.Text(member) ?? "")];
            case JsonValueKind.Array:
                return Blocks(from.Objects(member));
            default:
                from.Reject(member, "a string or an array of blocks");
                return [];
        }
    }

    public static CacheMark? Cache(RequestInput from)
    {
        if (from.Object("cache_control") is not { } mark)
        {
            return null;
        }
        var ttl = mark.Text("ttl");
        if (ttl is not (null or "5m" or "1h"))
        {
            mark.Reject("ttl", "'5m' or '1h'");
        }
        return new CacheMark(ttl);
    }

    // A foreign signature travels in a block of its own beside what it signs.
    private List<Block> Blocks(IReadOnlyList<RequestInput> items)
    {
        var blocks = new List<Block>(items.Count);
        VendorBag? signature = null;
        foreach (var item in items)
        {
            if (SealedBeside(item) is { } beside)
            {
                if (beside.Place == ThoughtSeal.Place.Call)
                {
                    signature = ThoughtSignature.Bag(beside.Signature ?? "");
                }
                else if (blocks is [.., Block.Text text])
                {
                    blocks[^1] = text with { Bag = ThoughtSignature.Bag(beside.Signature ?? "") };
                }
                continue;
            }
            var block = Read(item);
            if (block is Block.ToolCall call && signature is not null)
            {
                (block, signature) = (call with { Bag = signature }, null);
            }
            blocks.Add(block);
        }
        return blocks;
    }

    private static ThoughtSeal.Sealed? SealedBeside(RequestInput item) =>
        item.Raw("data") is { ValueKind: JsonValueKind.String } data
        && ThoughtSeal.Open(data.Lenient()) is { } foreign
        && foreign.Place != ThoughtSeal.Place.Thought
            ? foreign
            : null;

    private Block Read(RequestInput from)
    {
        switch (from.RequiredText("type"))
        {
            case "text":
                return new Block.Text(from.RequiredText("text"))
                {
                    Bag = MessagesBlocks.Bag(from.Json, "type", "text", "cache_control"),
                    Cache = Cache(from),
                };
            case "image":
                return Image(from);
            case "document":
                return Document(from);
            case "tool_use":
                return Call(from);
            case "tool_result":
                return Result(from);
            case "thinking":
                return MessagesBlocks.Thinking(
                    from.Text("thinking") ?? "",
                    from.Text("signature"),
                    unsigned: Vendor.Other
                );
            case "redacted_thinking":
                return MessagesBlocks.Redacted(from.RequiredText("data"));
            default:
                return new Block.Opaque(new VendorBag(Vendor.Anthropic, from.Json));
        }
    }

    private static Block.Image Image(RequestInput from)
    {
        var source = Source(from);
        return new Block.Image(source ?? new MediaSource())
        {
            Bag = MessagesBlocks.Bag(
                from.Json,
                source is null ? ["type", "cache_control"] : ["type", "source", "cache_control"]
            ),
            Cache = Cache(from),
        };
    }

    private static Block.Document Document(RequestInput from)
    {
        var source = Source(from);
        return new Block.Document(source ?? new MediaSource(), from.Text("title"))
        {
            Bag = MessagesBlocks.Bag(
                from.Json,
                source is null
                    ? ["type", "title", "cache_control"]
                    : ["type", "title", "source", "cache_control"]
            ),
            Cache = Cache(from),
        };
    }

    /// <summary>Null for a source that only Anthropic can read (a file of its own, content given as
    /// blocks): it stays in the block's bag.</summary>
    private static MediaSource? Source(RequestInput from)
    {
        if (from.Object("source") is not { } source)
        {
            from.Reject("source", "an object");
            return new MediaSource();
        }
        switch (source.RequiredText("type"))
        {
            case "base64":
                var data = source.RequiredText("data");
                if (MediaData.FromBase64(source.Text("media_type"), data) is { } inline)
                {
                    return inline;
                }
                source.Reject("data", "base64");
                return new MediaSource();
            case "url":
                return new MediaSource { Url = source.RequiredText("url") };
            case "text":
                return MediaData.FromPlainText(source.RequiredText("data"));
            case "file" or "content":
                return null;
            default:
                source.Reject("type", "'base64', 'url', 'text', 'content' or 'file'");
                return new MediaSource();
        }
    }

    private Block.ToolCall Call(RequestInput from)
    {
        var (id, name) = (from.RequiredText("id"), from.RequiredText("name"));
        _toolNames[id] = name;
        return new Block.ToolCall(id, name, from.Object("input")?.Json.RawText() ?? "{}")
        {
            Bag = MessagesBlocks.Bag(from.Json, "type", "id", "name", "input", "cache_control"),
            Cache = Cache(from),
        };
    }

    private Block.ToolResult Result(RequestInput from)
    {
        var id = from.RequiredText("tool_use_id");
        foreach (var field in from.Unknown(KnownOfResult))
        {
            var name = "tool_result." + field;
            if (unknown.Count < DroppedParameters.NamesMax && !unknown.Contains(name))
            {
                unknown.Add(name);
            }
        }
        return new Block.ToolResult(
            id,
            _toolNames.GetValueOrDefault(id),
            Content(from, "content"),
            from.Flag("is_error") ?? false
        )
        {
            Cache = Cache(from),
        };
    }

    private static readonly HashSet<string> KnownOfResult =
    [
        "type",
        "tool_use_id",
        "content",
        "is_error",
        "cache_control",
    ];
}
