using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Writes turns as messages: one for each tool result, one for the rest of a turn.</summary>
internal sealed class ChatTurnsWriter(Utf8JsonWriter json, ChatHost host, RequestGaps gaps)
{
    private readonly ChatPartWriter _parts = new(json, host, gaps);

    public void Write(Turn turn)
    {
        if (turn.Role == Role.Assistant)
        {
            WriteAssistant(turn);
            return;
        }
        var results = turn.Blocks.OfType<Block.ToolResult>().ToList();
        foreach (var result in results)
        {
            WriteResult(result);
        }
        // A tool message takes no media: it follows in a user message, with the rest of the turn.
        var rest = results
            .SelectMany(result => MediaOf(result, results.Count > 1))
            .Concat(turn.Blocks.Where(block => block is not Block.ToolResult))
            .ToList();
        if (rest.Count > 0 || results.Count == 0)
        {
            json.WriteStartObject();
            json.WriteString("role"u8, RoleOf(turn.Role));
            _parts.WriteContent(rest);
            json.WriteEndObject();
        }
    }

    private string RoleOf(Role role) =>
        role switch
        {
            Role.System => "system",
            Role.Developer => host.HasDeveloperRole ? "developer" : "system",
            _ => "user",
        };

    private static IEnumerable<Block> MediaOf(Block.ToolResult result, bool isOneOfSeveral)
    {
        var media = result.Content.Where(block => block is not Block.Text).ToList();
        // With several results the model has to be told which one an image belongs to.
        return media.Count > 0 && isOneOfSeveral
            ? media.Prepend(new Block.Text($"From the result of {result.CallId}:"))
            : media;
    }

    private void WriteResult(Block.ToolResult result)
    {
        gaps.DropIf(result.IsError, "is_error");
        json.WriteStartObject();
        json.WriteString("role"u8, "tool"u8);
        json.WriteString("tool_call_id"u8, host.CallId(result.CallId));
        if (host.IsMistral && result.ToolName is { } name)
        {
            json.WriteString("name"u8, name);
        }
        var texts = result.Content.OfType<Block.Text>().ToList();
        if (texts.Count == 0)
        {
            json.WriteString("content"u8, ""u8);
        }
        else
        {
            _parts.WriteContent(texts);
        }
        CacheMarks.Write(json, result.Cache, host, gaps);
        json.WriteEndObject();
    }

    private void WriteAssistant(Turn turn)
    {
        var calls = turn.Blocks.OfType<Block.ToolCall>().ToList();
        var words = turn.Blocks.Where(IsWord).ToList();
        var refusal = string.Concat(turn.Blocks.OfType<Block.Refusal>().Select(b => b.Value));
        gaps.DropIf(turn.Blocks.Any(b => b is Block.Opaque), "messages.content");
        json.WriteStartObject();
        json.WriteString("role"u8, "assistant"u8);
        WriteThoughts(turn);
        if (words.Count > 0)
        {
            _parts.WriteContent(words);
        }
        else if (calls.Count == 0 && refusal.Length == 0)
        {
            json.WriteString("content"u8, ""u8);
        }
        if (refusal.Length > 0)
        {
            json.WriteString("refusal"u8, refusal);
        }
        WriteCalls(calls);
        json.WriteEndObject();
    }

    private bool IsWord(Block block) =>
        block switch
        {
            Block.Text text => text.Value.Length > 0,
            Block.Image or Block.Document or Block.Audio => true,
            Block.Reasoning thought => host.IsMistral && IsPlain(thought),
            _ => false,
        };

    // Of no vendor, not signed: a host of this format said it and can be told it again.
    private static bool IsPlain(Block.Reasoning thought) =>
        thought is { Source: Vendor.Other, Signature: null, Redacted: null, Value.Length: > 0 };

    private void WriteThoughts(Turn turn)
    {
        var thoughts = turn.Blocks.OfType<Block.Reasoning>().ToList();
        if (thoughts.Count == 0)
        {
            return;
        }
        if (host.IsOpenRouter)
        {
            ReasoningDetails.WriteAll(json, thoughts);
            return;
        }
        var plain = string.Concat(thoughts.Where(IsPlain).Select(thought => thought.Value));
        if (host.TakesThoughts && plain.Length > 0)
        {
            json.WriteString("reasoning_content"u8, plain);
        }
        var isTold = host.TakesThoughts || host.IsMistral;
        gaps.DropIf(!isTold || !thoughts.TrueForAll(IsPlain), "messages.reasoning_details");
    }

    private void WriteCalls(List<Block.ToolCall> calls)
    {
        if (calls.Count == 0)
        {
            return;
        }
        json.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, host.CallId(call.Id));
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, call.Name);
            json.WriteString("arguments"u8, call.ArgumentsJson);
            json.WriteEndObject();
            if (host.IsOpenRouter)
            {
                CallSignature.Write(json, call);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
