using System.Text.Json;

namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// Writes thoughts as entries of <c>reasoning_details</c>: text or summary, signature and encrypted
/// data, each with the vendor's tag. The plain <c>reasoning_content</c> beside them cannot go back to
/// a vendor; these can.
/// </summary>
internal static class ReasoningDetails
{
    public static void WriteAll(Utf8JsonWriter writer, IEnumerable<Block.Reasoning> thoughts)
    {
        writer.WriteStartArray("reasoning_details"u8);
        var index = 0;
        foreach (var thought in thoughts)
        {
            // An entry without text still carries a signature of thoughts that were not shown.
            if (thought.Value.Length > 0 || thought.Signature is not null)
            {
                WriteText(writer, thought, thought.Value, thought.Signature, index);
            }
            if (thought.Redacted is { } data)
            {
                WriteData(writer, thought, data, index);
            }
            index++;
        }
        writer.WriteEndArray();
    }

    public static void WriteText(
        Utf8JsonWriter writer,
        Block.Reasoning thought,
        string? text,
        string? signature,
        int index
    )
    {
        writer.WriteStartObject();
        var isSummary = thought.Source == Vendor.OpenAi;
        writer.WriteString("type"u8, isSummary ? "reasoning.summary"u8 : "reasoning.text"u8);
        if (text is not null)
        {
            writer.WriteString(isSummary ? "summary"u8 : "text"u8, text);
        }
        if (signature is not null)
        {
            writer.WriteString("signature"u8, signature);
        }
        WriteTags(writer, thought, index);
        writer.WriteEndObject();
    }

    public static void WriteData(
        Utf8JsonWriter writer,
        Block.Reasoning thought,
        string data,
        int index
    )
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "reasoning.encrypted"u8);
        writer.WriteString("data"u8, data);
        WriteTags(writer, thought, index);
        writer.WriteEndObject();
    }

    private static void WriteTags(Utf8JsonWriter writer, Block.Reasoning thought, int index)
    {
        if (thought.ItemId is { } id)
        {
            writer.WriteString("id"u8, id);
        }
        writer.WriteString("format"u8, ThoughtFormats.Of(thought));
        writer.WriteNumber("index"u8, index);
    }
}
