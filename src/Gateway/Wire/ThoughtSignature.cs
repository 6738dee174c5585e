using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Gemini 3 signs its function calls and refuses a history without the signature (400 "missing a
/// thought_signature"). It travels in the bag of the call's block as
/// <c>{"thought_signature": "…"}</c>.
/// </summary>
public static class ThoughtSignature
{
    public static VendorBag Bag(string signature) =>
        new(
            Vendor.Google,
            WireJson.Build(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("thought_signature"u8, signature);
                writer.WriteEndObject();
            })
        );

    public static string? Of(Block block) =>
        block.Bag is { Vendor: Vendor.Google, Json.ValueKind: JsonValueKind.Object } bag
        && bag.Json.TryGetProperty("thought_signature"u8, out var signature)
        && signature.ValueKind == JsonValueKind.String
            ? signature.GetString()
            : null;
}
