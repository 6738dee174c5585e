using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Parts of an answer, and what is common to parts of requests and answers.</summary>
internal static class GeminiParts
{
    /// <summary>A part of an answer; null for one without any content. <paramref name="id"/> is for
    /// a call that came without one, which older models always do.</summary>
    public static Block? Read(JsonElement part, string id)
    {
        var signature = part.NonEmptyText("thoughtSignature"u8);
        if (part.Object("functionCall"u8) is { } call)
        {
            return new Block.ToolCall(
                call.NonEmptyText("id"u8) ?? id,
                call.NonEmptyText("name"u8)
                    ?? throw new WireFormatException("The upstream called a tool without a name."),
                call.Object("args"u8)?.GetRawText() ?? "{}"
            )
            {
                Bag = BagOf(signature),
            };
        }
        if (part.Text("text"u8) is { } text)
        {
            if (IsThought(part))
            {
                return new Block.Reasoning(text) { Signature = signature, Source = Vendor.Google };
            }
            return text.Length > 0 || signature is not null
                ? new Block.Text(text) { Bag = BagOf(signature) }
                : null;
        }
        if (part.Object("inlineData"u8) is { } data && data.NonEmptyText("data"u8) is { } base64)
        {
            return Media(data.NonEmptyText("mimeType"u8), base64);
        }
        return part.ValueKind == JsonValueKind.Object && part.GetPropertyCount() > 0
            ? new Block.Opaque(new VendorBag(Vendor.Google, part.Clone()))
            : null;
    }

    public static bool IsThought(JsonElement part) =>
        part.Member("thought"u8) is { ValueKind: JsonValueKind.True };

    public static VendorBag? BagOf(string? signature) =>
        signature is null ? null : ThoughtSignature.Bag(signature);

    public static Block Media(string? mimeType, string base64)
    {
        var source = new MediaSource { MediaType = mimeType, Base64 = base64 };
        return mimeType switch
        {
            _ when Is(mimeType, "image/") => new Block.Image(source),
            _ when Is(mimeType, "audio/") => new Block.Audio(source),
            _ => new Block.Document(source),
        };
    }

    /// <summary>Writes a block that a model made; nothing for what the format cannot show.</summary>
    public static void WriteAnswer(Utf8JsonWriter writer, Block block)
    {
        switch (block)
        {
            case Block.Text text:
                WriteText(writer, text.Value, ThoughtSignature.Of(text), isThought: false);
                break;
            case Block.Refusal refusal:
                WriteText(writer, refusal.Value, null, isThought: false);
                break;
            case Block.Reasoning { Value.Length: > 0 } thought:
                var own = thought.Source == Vendor.Google ? thought.Signature : null;
                WriteText(writer, thought.Value, own, isThought: true);
                break;
            case Block.ToolCall call:
                WriteCall(writer, call, ThoughtSignature.Of(call));
                break;
            case Block.Image { Source: { Base64: { } data, MediaType: { } type } }:
                writer.WriteStartObject();
                WriteInline(writer, type, data);
                writer.WriteEndObject();
                break;
            case Block.Opaque { Content.Vendor: Vendor.Google } opaque:
                writer.WriteRaw(opaque.Content.Json);
                break;
        }
    }

    public static void WriteText(
        Utf8JsonWriter writer,
        string text,
        string? signature,
        bool isThought
    )
    {
        writer.WriteStartObject();
        writer.WriteString("text"u8, text);
        if (isThought)
        {
            writer.WriteBoolean("thought"u8, true);
        }
        WriteSignature(writer, signature);
        writer.WriteEndObject();
    }

    /// <summary>False when the arguments were no JSON object and an empty one stands in.</summary>
    public static bool WriteCall(Utf8JsonWriter writer, Block.ToolCall call, string? signature)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionCall"u8);
        writer.WriteString("id"u8, call.Id);
        writer.WriteString("name"u8, call.Name);
        writer.WritePropertyName("args"u8);
        var isObject = writer.WriteArguments(call.ArgumentsJson);
        writer.WriteEndObject();
        WriteSignature(writer, signature);
        writer.WriteEndObject();
        return isObject;
    }

    public static void WriteInline(Utf8JsonWriter writer, string mimeType, string base64)
    {
        writer.WriteStartObject("inlineData"u8);
        writer.WriteString("mimeType"u8, mimeType);
        writer.WriteString("data"u8, base64);
        writer.WriteEndObject();
    }

    private static void WriteSignature(Utf8JsonWriter writer, string? signature)
    {
        if (signature is not null)
        {
            writer.WriteString("thoughtSignature"u8, signature);
        }
    }

    private static bool Is(string? mimeType, string family) =>
        mimeType?.StartsWith(family, StringComparison.OrdinalIgnoreCase) == true;
}
