using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// Content blocks as Anthropic answers with them, and as both requests and answers write them. What
/// comes with a block and is not modelled (citations, caller) goes into its bag and out of it again.
/// </summary>
internal static class MessagesBlocks
{
    /// <summary>A block of an answer. <paramref name="id"/> is for a call that came without one.</summary>
    public static Block Read(JsonElement from, string id) =>
        from.Text("type"u8) switch
        {
            "text" => new Block.Text(from.Text("text"u8) ?? "") { Bag = Bag(from, "type", "text") },
            // Hosts that do not sign their thoughts are still the ones to get them back.
            "thinking" => Thinking(
                from.Text("thinking"u8) ?? "",
                from.Text("signature"u8),
                unsigned: Vendor.Anthropic
            ),
            "redacted_thinking" => Redacted(from.Text("data"u8) ?? ""),
            "tool_use" => Call(from, id),
            _ => new Block.Opaque(new VendorBag(Vendor.Anthropic, from.Clone())),
        };

    private static Block.ToolCall Call(JsonElement from, string id)
    {
        var name =
            from.NonEmptyText("name"u8)
            ?? throw new WireFormatException("The upstream called a tool without a name.");
        var input = from.Object("input"u8)?.RawText() ?? "{}";
        // "direct" is what every ordinary call says, and is written unasked.
        var bag =
            from.Object("caller"u8)?.Text("type"u8) == "direct"
                ? Bag(from, "type", "id", "name", "input", "caller")
                : Bag(from, "type", "id", "name", "input");
        return new Block.ToolCall(from.NonEmptyText("id"u8) ?? id, name, input) { Bag = bag };
    }

    /// <param name="text">The thought.</param>
    /// <param name="signature">Anthropic's, or another vendor's sealed into its place.</param>
    /// <param name="unsigned">Whose thought it is when nobody signed it.</param>
    public static Block.Reasoning Thinking(string text, string? signature, Vendor unsigned)
    {
        if (ThoughtSeal.Open(signature) is { } foreign)
        {
            return Unsealed(foreign, text);
        }
        return signature is { Length: > 0 }
            ? new Block.Reasoning(text) { Signature = signature, Source = Vendor.Anthropic }
            : new Block.Reasoning(text) { Source = unsigned };
    }

    public static Block.Reasoning Redacted(string data) =>
        ThoughtSeal.Open(data) is { } foreign
            ? Unsealed(foreign, "")
            : new Block.Reasoning("") { Redacted = data, Source = Vendor.Anthropic };

    public static Block.Reasoning Unsealed(ThoughtSeal.Sealed foreign, string text) =>
        new(text)
        {
            Source = foreign.Vendor,
            Signature = foreign.Signature,
            Redacted = foreign.Redacted,
            ItemId = foreign.ItemId,
        };

    public static VendorBag? Bag(JsonElement from, params ReadOnlySpan<string> known) =>
        JsonOutput.Rest(from, known) is { } rest ? new VendorBag(Vendor.Anthropic, rest) : null;

    /// <summary>What clients of this dialect return untouched, for thoughts of any vendor.</summary>
    public static string SignatureOf(Block.Reasoning thought) =>
        thought.Source == Vendor.Anthropic
            ? thought.Signature ?? ""
            : ThoughtSeal.Seal(
                new ThoughtSeal.Sealed(thought.Source, ThoughtSeal.Place.Thought)
                {
                    Signature = thought.Signature,
                    Redacted = thought.Redacted,
                    ItemId = thought.ItemId,
                }
            );

    /// <summary>Gemini's signature on a call or a text, sealed; null when there is none.</summary>
    public static string? SealedSignatureOf(Block block) =>
        ThoughtSignature.Of(block) is { } signature
            ? ThoughtSeal.Seal(
                new ThoughtSeal.Sealed(
                    Vendor.Google,
                    block is Block.ToolCall ? ThoughtSeal.Place.Call : ThoughtSeal.Place.Text
                )
                {
                    Signature = signature,
                }
            )
            : null;

    /// <summary>Writes a block that a model made; nothing for one that the format cannot show.</summary>
    public static void WriteAnswer(Utf8JsonWriter writer, Block block)
    {
        var signature = SealedSignatureOf(block);
        if (signature is not null && block is Block.ToolCall)
        {
            WriteRedacted(writer, signature);
        }
        switch (block)
        {
            case Block.Text { Value.Length: > 0 } text:
                WriteText(writer, text.Value, text);
                break;
            case Block.Refusal refusal when !MessagesRefusal.IsDetails(refusal):
                WriteText(writer, refusal.Value, refusal);
                break;
            case Block.Reasoning thought:
                WriteThought(writer, thought);
                break;
            case Block.ToolCall call:
                WriteAnswerCall(writer, call);
                break;
            case Block.Opaque { Content.Vendor: Vendor.Anthropic } opaque:
                writer.WriteRaw(opaque.Content.Json);
                break;
        }
        if (signature is not null && block is Block.Text)
        {
            WriteRedacted(writer, signature);
        }
    }

    public static void WriteText(Utf8JsonWriter writer, string text, Block block)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        writer.WriteString("text"u8, text);
        WriteBag(writer, block);
        writer.WriteEndObject();
    }

    public static void WriteThought(Utf8JsonWriter writer, Block.Reasoning thought)
    {
        if (IsRedacted(thought))
        {
            WriteRedacted(writer, thought.Redacted!);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type"u8, "thinking"u8);
        writer.WriteString("thinking"u8, thought.Value);
        writer.WriteString("signature"u8, SignatureOf(thought));
        writer.WriteEndObject();
    }

    public static bool IsRedacted(Block.Reasoning thought) =>
        thought is { Source: Vendor.Anthropic, Redacted: not null };

    public static void WriteRedacted(Utf8JsonWriter writer, string data)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "redacted_thinking"u8);
        writer.WriteString("data"u8, data);
        writer.WriteEndObject();
    }

    /// <summary>A call of an answer: Anthropic's clients hold each to naming its caller.</summary>
    public static void WriteAnswerCall(Utf8JsonWriter writer, Block.ToolCall call) =>
        WriteCall(writer, call, call.Id, isOfAnswer: true);

    /// <summary>False when the arguments were no JSON object and an empty one stands in.</summary>
    public static bool WriteCall(
        Utf8JsonWriter writer,
        Block.ToolCall call,
        string id,
        bool isOfAnswer = false
    )
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_use"u8);
        writer.WriteString("id"u8, id);
        writer.WriteString("name"u8, call.Name);
        writer.WritePropertyName("input"u8);
        var isObject = writer.WriteArguments(call.ArgumentsJson);
        WriteBag(writer, call);
        if (isOfAnswer && !NamesCaller(call))
        {
            writer.WriteStartObject("caller"u8);
            writer.WriteString("type"u8, "direct"u8);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        return isObject;
    }

    private static bool NamesCaller(Block.ToolCall call) =>
        call.Bag is { Vendor: Vendor.Anthropic } bag && bag.Json.Object("caller"u8) is not null;

    /// <summary>Our vendor's members of a block and its cache mark, into the open object.</summary>
    public static void WriteBag(Utf8JsonWriter writer, Block block)
    {
        if (block.Bag is { Vendor: Vendor.Anthropic, Json.ValueKind: JsonValueKind.Object } bag)
        {
            foreach (var member in bag.Json.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                writer.WriteRaw(member.Value);
            }
        }
        WriteCache(writer, block.Cache);
    }

    public static void WriteCache(Utf8JsonWriter writer, CacheMark? mark)
    {
        if (mark is null)
        {
            return;
        }
        writer.WriteStartObject("cache_control"u8);
        writer.WriteString("type"u8, "ephemeral"u8);
        if (mark.Ttl is { } ttl)
        {
            writer.WriteString("ttl"u8, ttl);
        }
        writer.WriteEndObject();
    }
}
