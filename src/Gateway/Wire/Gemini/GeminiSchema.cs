using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Google's older schemas (<c>parameters</c>, <c>responseSchema</c>) are OpenAPI with types
/// in capitals; every other format speaks JSON Schema.</summary>
internal static class GeminiSchema
{
    public static JsonElement ToJsonSchema(JsonElement schema) =>
        WireJson.Build(writer => Write(writer, schema));

    private static void Write(Utf8JsonWriter writer, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            writer.WriteRaw(schema);
            return;
        }
        var isNullable = schema.Member("nullable"u8) is { ValueKind: JsonValueKind.True };
        writer.WriteStartObject();
        foreach (var member in JsonOutput.Rest(schema, "nullable")?.EnumerateObject() ?? default)
        {
            writer.WritePropertyName(member.Name);
            WriteMember(writer, member, isNullable);
        }
        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, JsonProperty member, bool isNullable)
    {
        switch (member.Name)
        {
            case "type" when member.Value.ValueKind == JsonValueKind.String:
                WriteType(writer, member.Value.Lenient().ToLowerInvariant(), isNullable);
                break;
            case "items":
                Write(writer, member.Value);
                break;
            case "properties" or "$defs" when member.Value.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (
                    var property in JsonOutput.Rest(member.Value)?.EnumerateObject() ?? default
                )
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }
                writer.WriteEndObject();
                break;
            case "anyOf"
            or "oneOf"
            or "allOf"
            or "prefixItems" when member.Value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var part in member.Value.EnumerateArray())
                {
                    Write(writer, part);
                }
                writer.WriteEndArray();
                break;
            default:
                writer.WriteRaw(member.Value);
                break;
        }
    }

    private static void WriteType(Utf8JsonWriter writer, string type, bool isNullable)
    {
        if (!isNullable)
        {
            writer.WriteStringValue(type);
            return;
        }
        writer.WriteStartArray();
        writer.WriteStringValue(type);
        writer.WriteStringValue("null"u8);
        writer.WriteEndArray();
    }
}
