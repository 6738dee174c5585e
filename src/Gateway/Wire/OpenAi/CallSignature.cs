using System.Text.Json;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>
/// Gemini's signature of a call or a text, carried as <c>extra_content.google.thought_signature</c>
/// (Google's own convention for Chat; Responses items take the same member).
/// </summary>
internal static class CallSignature
{
    public static VendorBag? Read(JsonElement holder) =>
        holder.Object("extra_content"u8)?.Object("google"u8)?.NonEmptyText("thought_signature"u8)
            is { } signature
            ? ThoughtSignature.Bag(signature)
            : null;

    public static void Write(Utf8JsonWriter writer, Block block)
    {
        if (ThoughtSignature.Of(block) is not { } signature)
        {
            return;
        }
        writer.WriteStartObject("extra_content"u8);
        writer.WriteStartObject("google"u8);
        writer.WriteString("thought_signature"u8, signature);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
