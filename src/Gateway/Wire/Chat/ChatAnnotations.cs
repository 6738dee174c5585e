using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Citations: Chat nests what Responses writes flat; the flat form is what a bag keeps.</summary>
internal static class ChatAnnotations
{
    public static JsonElement? Read(JsonElement message)
    {
        var any = false;
        var flat = WireJson.Build(writer =>
        {
            writer.WriteStartArray();
            foreach (var annotation in message.Items("annotations"u8))
            {
                if (annotation.Object("url_citation"u8) is not { } citation)
                {
                    continue;
                }
                any = true;
                writer.WriteStartObject();
                writer.WriteString("type"u8, "url_citation"u8);
                foreach (var member in citation.EnumerateObject())
                {
                    member.WriteTo(writer);
                }
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
        return any ? flat : null;
    }

    /// <summary>Writes the web citations of these blocks; strict clients want all four members.</summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<Block> blocks)
    {
        writer.WriteStartArray("annotations"u8);
        foreach (var annotation in blocks.SelectMany(block => ItemBag.Annotations(block)))
        {
            if (
                annotation.Text("type"u8) != "url_citation"
                || annotation.Text("url"u8) is not { } url
                || annotation.Whole("start_index"u8) is not { } start
                || annotation.Whole("end_index"u8) is not { } end
            )
            {
                continue;
            }
            writer.WriteStartObject();
            writer.WriteString("type"u8, "url_citation"u8);
            writer.WriteStartObject("url_citation"u8);
            writer.WriteNumber("start_index"u8, start);
            writer.WriteNumber("end_index"u8, end);
            writer.WriteString("url"u8, url);
            writer.WriteString("title"u8, annotation.Text("title"u8) ?? "");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
