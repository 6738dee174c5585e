using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Reads finished output items into blocks.</summary>
internal static class ResponsesItemReader
{
    public static IEnumerable<Block> Read(JsonElement item, string turn, int position)
    {
        switch (item.Text("type"u8))
        {
            case "message":
                return ReadMessage(item);
            case "function_call":
                return [Call(item, turn, position) with { ArgumentsJson = Arguments(item) }];
            case "reasoning":
                return [Thought(item)];
            case "image_generation_call" when Image(item) is { } image:
                return [image];
            case null:
                return [];
            default:
                return [Opaque(item)];
        }
    }

    public static Block.ToolCall Call(JsonElement item, string turn, int position) =>
        new(
            item.NonEmptyText("call_id"u8)
                ?? item.NonEmptyText("id"u8)
                ?? ToolCallIds.Make(turn, position),
            item.NonEmptyText("name"u8)
                ?? throw new WireFormatException(
                    "A tool call came without the name of its function."
                ),
            ""
        )
        {
            Bag = CallSignature.Read(item) ?? ItemBag.Of(item.NonEmptyText("id"u8), null, null),
        };

    public static string Arguments(JsonElement item) =>
        item.NonEmptyText("arguments"u8) is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : "{}";

    /// <summary>Summary parts, or the raw thoughts of open models, as one text.</summary>
    public static Block.Reasoning Thought(JsonElement item)
    {
        var summary = Texts(item, "summary"u8);
        var thought = SealedThought.Open(
            summary.Length > 0 ? summary : Texts(item, "content"u8),
            item.NonEmptyText("id"u8),
            item.NonEmptyText("encrypted_content"u8)
        );
        // Several parts would come back as one; OpenAI gets them as it said them.
        return item.Items("summary"u8).Count() > 1 || item.Items("content"u8).Any()
            ? thought with
            {
                Bag = new VendorBag(Vendor.OpenAi, Kept(item)),
            }
            : thought;
    }

    public static Block.Opaque Opaque(JsonElement item) =>
        new(new VendorBag(Vendor.OpenAi, Kept(item)));

    // Written anew it is one line, as a stream needs it, and half characters are found here.
    private static JsonElement Kept(JsonElement item) => WireJson.Build(json => item.WriteTo(json));

    public static Block? Part(JsonElement part, string? itemId, string? phase) =>
        part.Text("type"u8) switch
        {
            "output_text" or "text" => new Block.Text(part.Text("text"u8) ?? "")
            {
                Logprobs = LogprobsJson.Read(part, "logprobs"u8),
                Bag = ItemBag.Of(itemId, phase, part.Member("annotations"u8)),
            },
            "refusal" => new Block.Refusal(part.Text("refusal"u8) ?? "")
            {
                Bag = ItemBag.Of(itemId, phase, null),
            },
            _ => null,
        };

    public static Block.Image? Image(JsonElement item) =>
        item.NonEmptyText("result"u8) is { } data
        && MediaData.FromBase64("image/png", data) is { } source
            ? new Block.Image(source)
            : null;

    private static IEnumerable<Block> ReadMessage(JsonElement item)
    {
        var id = item.NonEmptyText("id"u8);
        var phase = item.NonEmptyText("phase"u8);
        foreach (var part in item.Items("content"u8))
        {
            if (Part(part, id, phase) is { } block)
            {
                yield return block;
            }
        }
    }

    private static string Texts(JsonElement item, ReadOnlySpan<byte> name) =>
        string.Join("\n\n", item.Items(name).Select(part => part.Text("text"u8) ?? ""));
}
