using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// <c>stop_details</c>: why Anthropic refused. Its explanation is a refusal in words for the other
/// dialects; the object rides along in the block's bag and goes back to where it was.
/// </summary>
internal static class MessagesRefusal
{
    private const string Member = "stop_details";

    /// <summary>Null when there is nothing to say.</summary>
    public static Block.Refusal? Read(JsonElement? details) =>
        details is { ValueKind: JsonValueKind.Object } found
        && found.NonEmptyText("explanation"u8) is { } explanation
            ? new Block.Refusal(explanation)
            {
                Bag = new VendorBag(
                    Vendor.Anthropic,
                    WireJson.Build(writer =>
                    {
                        writer.WriteStartObject();
                        writer.WritePropertyName(Member);
                        writer.WriteRaw(found);
                        writer.WriteEndObject();
                    })
                ),
            }
            : null;

    /// <summary>Writes the member, null where the answer has none.</summary>
    public static void Write(Utf8JsonWriter writer, Block.Refusal? refusal)
    {
        writer.WritePropertyName(Member);
        if (
            refusal?.Bag is { Vendor: Vendor.Anthropic } bag
            && bag.Json.Object("stop_details"u8) is { } found
        )
        {
            writer.WriteRaw(found);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>Whether the block stands for <c>stop_details</c> and not for words of the model.</summary>
    public static bool IsDetails(Block block) =>
        block is Block.Refusal { Bag: { Vendor: Vendor.Anthropic } bag }
        && bag.Json.Object("stop_details"u8) is not null;
}
