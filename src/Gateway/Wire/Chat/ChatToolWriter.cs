using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Writes the tools of a request and how they may be chosen.</summary>
internal static class ChatToolWriter
{
    public static void Write(
        Utf8JsonWriter json,
        Conversation conversation,
        ChatHost host,
        RequestGaps gaps
    )
    {
        if (conversation.Tools.Count == 0)
        {
            return;
        }
        json.WriteStartArray("tools"u8);
        foreach (var tool in conversation.Tools)
        {
            if (tool.ServerTool is not null)
            {
                gaps.Refuse(
                    "tools",
                    $"The tool '{tool.Name}' is run by another provider and not there for this "
                        + "model."
                );
                continue;
            }
            WriteTool(json, tool, host, gaps);
        }
        json.WriteEndArray();
        if (conversation.ToolChoice is { } choice)
        {
            WriteChoice(json, choice, conversation, host, gaps);
        }
        if (conversation.ParallelToolCalls is { } parallel)
        {
            json.WriteBoolean("parallel_tool_calls"u8, parallel);
        }
    }

    private static void WriteTool(Utf8JsonWriter json, Tool tool, ChatHost host, RequestGaps gaps)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, tool.Name);
        if (tool.Description is { } description)
        {
            json.WriteString("description"u8, description);
        }
        if (tool.Schema is { } schema)
        {
            json.WritePropertyName("parameters"u8);
            schema.WriteTo(json);
        }
        if (tool.Strict is { } strict)
        {
            json.WriteBoolean("strict"u8, strict);
        }
        json.WriteEndObject();
        CacheMarks.Write(json, tool.Cache, host, gaps);
        json.WriteEndObject();
    }

    private static void WriteChoice(
        Utf8JsonWriter json,
        ToolChoice choice,
        Conversation conversation,
        ChatHost host,
        RequestGaps gaps
    )
    {
        // DeepSeek's thinking models answer 400 to any choice.
        if (
            host.HasThinkingSwitch
            && choice.Mode is ToolChoiceMode.Any or ToolChoiceMode.Named
            && conversation.Reasoning is { Disabled: false }
        )
        {
            gaps.Drop("tool_choice");
            return;
        }
        if (choice.Mode == ToolChoiceMode.Named)
        {
            json.WriteStartObject("tool_choice"u8);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, choice.Name);
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }
        json.WriteString(
            "tool_choice"u8,
            choice.Mode switch
            {
                ToolChoiceMode.None => "none",
                ToolChoiceMode.Any => host.IsMistral ? "any" : "required",
                _ => "auto",
            }
        );
    }
}

/// <summary>Anthropic's cache marks: of the Chat hosts only OpenRouter takes them.</summary>
internal static class CacheMarks
{
    public static void Write(Utf8JsonWriter json, CacheMark? mark, ChatHost host, RequestGaps gaps)
    {
        if (mark is null)
        {
            return;
        }
        if (!host.IsOpenRouter)
        {
            gaps.Drop("cache_control");
            return;
        }
        json.WriteStartObject("cache_control"u8);
        json.WriteString("type"u8, "ephemeral"u8);
        if (mark.Ttl is { } ttl)
        {
            json.WriteString("ttl"u8, ttl);
        }
        json.WriteEndObject();
    }
}
