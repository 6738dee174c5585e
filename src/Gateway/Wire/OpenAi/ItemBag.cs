using System.Text.Json;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>
/// What OpenAI attaches to text and calls and wants back or shows: the item's id, its phase, and
/// citations. It travels in the block's bag as an object of these members.
/// </summary>
internal static class ItemBag
{
    /// <summary>Marks the system text that came as Responses' <c>instructions</c>.</summary>
    public static readonly VendorBag Instructions = new(
        Vendor.OpenAi,
        RawJson.Parse("{\"instructions\":true}"u8)
    );

    /// <summary>Null when there is nothing to keep.</summary>
    public static VendorBag? Of(string? id, string? phase, JsonElement? annotations)
    {
        var hasAnnotations =
            annotations is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0;
        if (id is null && phase is null && !hasAnnotations)
        {
            return null;
        }
        return new VendorBag(
            Vendor.OpenAi,
            WireJson.Build(writer =>
            {
                writer.WriteStartObject();
                if (id is not null)
                {
                    writer.WriteString("item_id"u8, id);
                }
                if (phase is not null)
                {
                    writer.WriteString("phase"u8, phase);
                }
                if (hasAnnotations)
                {
                    writer.WritePropertyName("annotations"u8);
                    annotations!.Value.WriteTo(writer);
                }
                writer.WriteEndObject();
            })
        );
    }

    public static string? Id(Block block) => JsonOf(block)?.NonEmptyText("item_id"u8);

    public static string? Phase(Block block) => JsonOf(block)?.NonEmptyText("phase"u8);

    public static bool IsInstructions(Block block) =>
        JsonOf(block)?.Member("instructions"u8) is { ValueKind: JsonValueKind.True };

    public static JsonElement.ArrayEnumerator Annotations(Block block) =>
        JsonOf(block)?.Items("annotations"u8) ?? default;

    private static JsonElement? JsonOf(Block block) =>
        block.Bag is { Vendor: Vendor.OpenAi } bag ? bag.Json : null;
}
