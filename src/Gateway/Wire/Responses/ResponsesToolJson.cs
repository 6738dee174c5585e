using System.Text.Json;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes tools and their choice, in requests and where a response repeats them.</summary>
internal static class ResponsesToolJson
{
    public static void WriteTool(Utf8JsonWriter json, Tool tool)
    {
        if (tool.ServerTool is { } own)
        {
            own.Json.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type"u8, "function"u8);
        json.WriteString("name"u8, tool.Name);
        if (tool.Description is { } description)
        {
            json.WriteString("description"u8, description);
        }
        json.WritePropertyName("parameters"u8);
        if (tool.Schema is { } schema)
        {
            schema.WriteTo(json);
        }
        else
        {
            // The member is required here, and null means a function without parameters.
            json.WriteNullValue();
        }
        // Absent, Responses makes a tool strict where Chat does not: the schema would be refused.
        json.WriteBoolean("strict"u8, tool.Strict ?? false);
        json.WriteEndObject();
    }

    public static void WriteChoice(
        Utf8JsonWriter json,
        ToolChoice choice,
        IReadOnlyList<Tool> tools
    )
    {
        switch (choice.Mode)
        {
            case ToolChoiceMode.Named:
                var isFunction = tools.Any(t => t.ServerTool is null && t.Name == choice.Name);
                json.WriteStartObject("tool_choice"u8);
                if (isFunction)
                {
                    json.WriteString("type"u8, "function"u8);
                    json.WriteString("name"u8, choice.Name);
                }
                else
                {
                    json.WriteString("type"u8, choice.Name);
                }
                json.WriteEndObject();
                break;
            case ToolChoiceMode.None:
                json.WriteString("tool_choice"u8, "none"u8);
                break;
            case ToolChoiceMode.Any:
                json.WriteString("tool_choice"u8, "required"u8);
                break;
            default:
                json.WriteString("tool_choice"u8, "auto"u8);
                break;
        }
    }
}
