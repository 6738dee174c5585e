using System.Text.Json;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes <c>text</c>: the output's format, flat as Responses has it, and its length.</summary>
internal static class ResponsesFormatJson
{
    public static void Write(Utf8JsonWriter json, OutputFormat? format, string? verbosity)
    {
        json.WriteStartObject("text"u8);
        json.WriteStartObject("format"u8);
        if (format is { Json: true, Schema: { } schema })
        {
            json.WriteString("type"u8, "json_schema"u8);
            json.WriteString("name"u8, format.Name ?? "answer");
            if (format.Description is { } description)
            {
                json.WriteString("description"u8, description);
            }
            json.WritePropertyName("schema"u8);
            schema.WriteTo(json);
            if (format.Strict is { } strict)
            {
                json.WriteBoolean("strict"u8, strict);
            }
        }
        else
        {
            json.WriteString("type"u8, format is { Json: true } ? "json_object"u8 : "text"u8);
        }
        json.WriteEndObject();
        if (verbosity is not null)
        {
            json.WriteString("verbosity"u8, verbosity);
        }
        json.WriteEndObject();
    }
}
