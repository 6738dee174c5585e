using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes output items: alike in finished answers, in events and in a history.</summary>
internal static class ItemJson
{
    /// <summary>The item with the content it has so far.</summary>
    public static void Write(Utf8JsonWriter json, OutputItem item)
    {
        switch (item.Blocks[0])
        {
            case Block.ToolCall call:
                WriteCall(json, call, call.Id, item.Id, item.Status);
                break;
            case Block.Reasoning thought:
                WriteThought(json, thought, item.Id);
                break;
            case Block.Image image:
                WriteImage(json, image, item.Id, item.Status);
                break;
            case Block.Opaque opaque:
                opaque.Content.Json.WriteTo(json);
                break;
            default:
                WriteMessage(json, item.Blocks, item.Id, item.Status);
                break;
        }
    }

    public static void WriteMessage(
        Utf8JsonWriter json,
        IReadOnlyList<Block> parts,
        string? id,
        string status
    )
    {
        json.WriteStartObject();
        if (id is not null)
        {
            json.WriteString("id"u8, id);
        }
        json.WriteString("type"u8, "message"u8);
        json.WriteString("status"u8, status);
        json.WriteString("role"u8, "assistant"u8);
        if (parts.Count > 0 && ItemBag.Phase(parts[0]) is { } phase)
        {
            json.WriteString("phase"u8, phase);
        }
        json.WriteStartArray("content"u8);
        // A message that has only begun has no parts yet.
        foreach (var part in parts.Where(_ => status != "in_progress"))
        {
            WritePart(json, part);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WritePart(Utf8JsonWriter json, Block part)
    {
        json.WriteStartObject();
        if (part is Block.Refusal refusal)
        {
            json.WriteString("type"u8, "refusal"u8);
            json.WriteString("refusal"u8, refusal.Value);
            json.WriteEndObject();
            return;
        }
        var text = (Block.Text)part;
        json.WriteString("type"u8, "output_text"u8);
        json.WriteString("text"u8, text.Value);
        json.WriteStartArray("annotations"u8);
        foreach (var annotation in ItemBag.Annotations(text))
        {
            annotation.WriteTo(json);
        }
        json.WriteEndArray();
        LogprobsJson.Write(json, "logprobs"u8, text.Logprobs ?? []);
        json.WriteEndObject();
    }

    public static void WriteCall(
        Utf8JsonWriter json,
        Block.ToolCall call,
        string callId,
        string? id,
        string status
    )
    {
        json.WriteStartObject();
        if (id is not null)
        {
            json.WriteString("id"u8, id);
        }
        json.WriteString("type"u8, "function_call"u8);
        json.WriteString("status"u8, status);
        json.WriteString("call_id"u8, callId);
        json.WriteString("name"u8, call.Name);
        json.WriteString("arguments"u8, status == "in_progress" ? "" : call.ArgumentsJson);
        CallSignature.Write(json, call);
        json.WriteEndObject();
    }

    public static void WriteThought(Utf8JsonWriter json, Block.Reasoning thought, string? id)
    {
        json.WriteStartObject();
        if (id is not null)
        {
            json.WriteString("id"u8, id);
        }
        json.WriteString("type"u8, "reasoning"u8);
        if (thought.Bag is { Vendor: Vendor.OpenAi, Json: var own })
        {
            CopyArray(json, own, "summary");
            if (own.Items("content"u8).Any())
            {
                CopyArray(json, own, "content");
            }
        }
        else
        {
            json.WriteStartArray("summary"u8);
            if (thought.Value.Length > 0)
            {
                WriteSummary(json, thought.Value);
            }
            json.WriteEndArray();
        }
        if (SealedThought.Seal(thought) is { } encrypted)
        {
            json.WriteString("encrypted_content"u8, encrypted);
        }
        json.WriteEndObject();
    }

    public static void WriteSummary(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "summary_text"u8);
        json.WriteString("text"u8, text);
        json.WriteEndObject();
    }

    private static void CopyArray(Utf8JsonWriter json, JsonElement from, string name)
    {
        json.WriteStartArray(name);
        if (from.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in array.EnumerateArray())
            {
                item.WriteTo(json);
            }
        }
        json.WriteEndArray();
    }

    private static void WriteImage(Utf8JsonWriter json, Block.Image image, string id, string status)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, "image_generation_call"u8);
        json.WriteString("status"u8, status);
        json.WriteString("result"u8, image.Source.Base64);
        json.WriteEndObject();
    }
}
