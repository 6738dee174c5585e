using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>The tools of a request and how they may be chosen.</summary>
internal sealed class MessagesToolsWriter(
    Conversation conversation,
    UpstreamTarget target,
    RequestProblems problems,
    DroppedParameters dropped
)
{
    public void Write(Utf8JsonWriter writer)
    {
        if (conversation.Tools.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("tools"u8);
        for (var i = 0; i < conversation.Tools.Count; i++)
        {
            WriteTool(writer, conversation.Tools[i], i);
        }
        writer.WriteEndArray();
        WriteChoice(writer);
    }

    private void WriteTool(Utf8JsonWriter writer, Tool tool, int index)
    {
        if (tool.ServerTool is { } own)
        {
            if (own.Vendor == Vendor.Anthropic)
            {
                writer.WriteRaw(own.Json);
                return;
            }
            problems.Unsupported(
                $"tools[{index}]",
                $"The tool '{tool.Name}' is run by another provider, not by this model's."
            );
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("name"u8, tool.Name);
        if (tool.Description is { } description)
        {
            writer.WriteString("description"u8, description);
        }
        writer.WritePropertyName("input_schema"u8);
        if (tool.Schema is { } schema)
        {
            writer.WriteRaw(schema);
        }
        else
        {
            writer.WriteRawValue("{\"type\":\"object\",\"properties\":{}}"u8);
        }
        if (tool.Strict == true)
        {
            writer.WriteBoolean("strict"u8, true);
        }
        MessagesBlocks.WriteCache(writer, tool.Cache);
        writer.WriteEndObject();
    }

    private void WriteChoice(Utf8JsonWriter writer)
    {
        var oneAtATime = conversation.ParallelToolCalls == false;
        var choice = conversation.ToolChoice;
        if (
            choice?.Mode is ToolChoiceMode.Any or ToolChoiceMode.Named
            && !ClaudeModels.TakesForcedTool(target.UpstreamModel)
        )
        {
            choice = Unforced();
        }
        if (choice is null && !oneAtATime)
        {
            return;
        }
        writer.WriteStartObject("tool_choice"u8);
        writer.WriteString(
            "type"u8,
            choice?.Mode switch
            {
                ToolChoiceMode.None => "none",
                ToolChoiceMode.Any => "any",
                ToolChoiceMode.Named => "tool",
                _ => "auto",
            }
        );
        if (choice is { Mode: ToolChoiceMode.Named, Name: { } name })
        {
            writer.WriteString("name"u8, name);
        }
        if (oneAtATime && choice?.Mode != ToolChoiceMode.None)
        {
            writer.WriteBoolean("disable_parallel_tool_use"u8, true);
        }
        writer.WriteEndObject();
    }

    private ToolChoice? Unforced()
    {
        if (target.Lenient)
        {
            dropped.Add("tool_choice");
        }
        else
        {
            problems.Unsupported("tool_choice", "This model cannot be forced to call a tool.");
        }
        return null;
    }
}
