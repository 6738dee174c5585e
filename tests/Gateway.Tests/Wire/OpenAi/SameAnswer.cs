using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Answers reduced to what the model carries, to compare them as JSON.</summary>
internal static class SameAnswer
{
    /// <summary>Content, refusal, thoughts and calls of a Chat message.</summary>
    public static string Message(JsonNode? message)
    {
        var content = message?["content"];
        var thinking = "";
        var text = (string?)(content as JsonValue) ?? "";
        foreach (var part in (content as JsonArray) ?? [])
        {
            text += (string?)part!["text"];
            thinking += string.Concat(
                (part["thinking"] as JsonArray ?? []).Select(piece => (string?)piece!["text"])
            );
        }
        thinking += (string?)message?["reasoning_content"];
        var calls = (message?["tool_calls"] as JsonArray ?? []).Select(call =>
            $"{call!["id"]} {call["function"]!["name"]} {call["function"]!["arguments"]}"
        );
        return $"{text}|{message?["refusal"]}|{thinking}|{string.Join(',', calls)}";
    }

    /// <summary>Output items without members that only some hosts write.</summary>
    public static JsonArray Items(JsonNode output)
    {
        var items = output.DeepClone().AsArray();
        foreach (var item in items.Select(item => item!.AsObject()))
        {
            if ((string?)item["type"] == "reasoning")
            {
                item.Remove("status");
            }
            foreach (var part in item["content"] as JsonArray ?? [])
            {
                if (part!["logprobs"] is null)
                {
                    part["logprobs"] = new JsonArray();
                }
            }
        }
        return items;
    }
}
