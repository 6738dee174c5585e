using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Requests in one spelling, so that what means the same compares as equal: a text alone is
/// a block of text, what is absent is null or the default, the beta's output_format is
/// output_config.format.</summary>
internal static class MessagesNormal
{
    public static JsonObject Form(JsonObject request, IReadOnlyList<string> dropped)
    {
        var normal = WithoutNulls(request)!.AsObject();
        foreach (var name in dropped)
        {
            normal.Remove(name);
        }
        foreach (var name in (string[])["system"])
        {
            Expand(normal, name);
        }
        foreach (var message in normal["messages"]!.AsArray())
        {
            Expand(message!.AsObject(), "content");
            foreach (var block in message["content"]!.AsArray())
            {
                var result = block!.AsObject();
                if (result["type"]!.GetValue<string>() == "tool_result")
                {
                    Expand(result, "content");
                    RemoveIf(result, "is_error", "false");
                }
            }
        }
        RemoveIf(normal, "stream", "false");
        RemoveIf(normal, "top_p", "1");
        if (normal["output_format"]?.DeepClone() is { } format)
        {
            normal.Remove("output_format");
            normal["output_config"] = new JsonObject { ["format"] = format };
        }
        return Sorted(normal)!.AsObject();
    }

    public static JsonNode? WithoutNulls(JsonNode? node) =>
        node switch
        {
            JsonObject from => new JsonObject(
                from.Where(m => m.Value is not null)
                    .Select(m => KeyValuePair.Create(m.Key, WithoutNulls(m.Value)))
            ),
            JsonArray from => new JsonArray([.. from.Select(WithoutNulls)]),
            _ => node?.DeepClone(),
        };

    public static JsonNode? Sorted(JsonNode? node) =>
        node switch
        {
            JsonObject from => new JsonObject(
                from.OrderBy(m => m.Key, StringComparer.Ordinal)
                    .Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))
            ),
            JsonArray from => new JsonArray([.. from.Select(Sorted)]),
            _ => node?.DeepClone(),
        };

    public static void RemoveIf(JsonObject from, string name, string json)
    {
        if (from[name]?.ToJsonString() == json)
        {
            from.Remove(name);
        }
    }

    private static void Expand(JsonObject from, string name)
    {
        if (from[name] is JsonValue text)
        {
            from[name] = new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = text.GetValue<string>() }
            );
        }
    }
}
