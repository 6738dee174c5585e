using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>
/// Requests reduced to what they mean. Each line here is a difference that is meant: a default that
/// need not be said, another spelling of the same, or what the gateway always adds.
/// </summary>
internal static class SameRequest
{
    public static JsonObject Chat(JsonObject request)
    {
        var same = request.DeepClone().AsObject();
        RemoveIf(same, "stream", value => value is null || !(bool)value);
        RemoveIf(same, "n", value => (int?)value == 1);
        same.Remove("stream_options"); // always asked for, passed on only if the client asked
        Rename(same, "max_tokens", "max_completion_tokens");
        foreach (var message in same["messages"]!.AsArray().Select(m => m!.AsObject()))
        {
            RemoveIf(message, "content", value => value is null);
            RemoveIf(message, "tool_calls", value => value is JsonArray { Count: 0 });
            message.Remove("prefix"); // Mistral: false is the default
            OneTextIsAString(message, "content", "text");
            foreach (var part in message["content"] as JsonArray ?? [])
            {
                JoinThinking(part!);
            }
        }
        return same;
    }

    public static JsonObject Responses(JsonObject request)
    {
        var same = request.DeepClone().AsObject();
        RemoveIf(same, "stream", value => value is null || !(bool)value);
        same.Remove("store"); // never stored
        same.Remove("include"); // thoughts are always asked for where there are any
        same.Remove("truncation"); // dropped and reported
        if (same["input"] is JsonValue text)
        {
            same["input"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = text.DeepClone() }
            );
        }
        foreach (var item in same["input"]!.AsArray().Select(item => item!.AsObject()))
        {
            item["type"] ??= "message";
            item.Remove("status");
            if ((string?)item["type"] == "reasoning")
            {
                item.Remove("id"); // bound to the id of the next item, which these clients drop
            }
            foreach (var part in item["content"] as JsonArray ?? [])
            {
                part!.AsObject().Remove("annotations");
                part.AsObject().Remove("logprobs");
            }
            OneTextIsAString(item, "content", "input_text", "output_text");
        }
        return same;
    }

    // Mistral cuts one thought into texts as its stream happened to; the thought is one.
    private static void JoinThinking(JsonNode part)
    {
        if (part["thinking"] is JsonArray pieces)
        {
            var text = string.Concat(pieces.Select(piece => (string?)piece!["text"]));
            part["thinking"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text });
        }
    }

    private static void OneTextIsAString(JsonObject holder, string name, params string[] types)
    {
        if (
            holder[name] is JsonArray { Count: 1 } parts
            && types.Contains((string?)parts[0]!["type"], StringComparer.Ordinal)
        )
        {
            holder[name] = parts[0]!["text"]!.DeepClone();
        }
    }

    private static void RemoveIf(JsonObject holder, string name, Func<JsonNode?, bool> isDefault)
    {
        if (holder.TryGetPropertyValue(name, out var value) && isDefault(value))
        {
            holder.Remove(name);
        }
    }

    private static void Rename(JsonObject holder, string from, string to)
    {
        if (holder.Remove(from, out var value))
        {
            holder[to] = value;
        }
    }
}
