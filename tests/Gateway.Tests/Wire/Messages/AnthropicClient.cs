using System.Text;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Puts a stream together as Anthropic's own clients do, so that tests can send back what an
/// app would have stored.</summary>
internal static class AnthropicClient
{
    public static JsonArray Accumulate(IEnumerable<byte[]> frames)
    {
        var content = new JsonArray();
        var arguments = new StringBuilder();
        foreach (var frame in frames)
        {
            var json = Steps.Json(frame);
            switch ((string?)json["type"])
            {
                case "content_block_start":
                    content.Add(json["content_block"]!.DeepClone());
                    arguments.Clear();
                    break;
                case "content_block_delta":
                    Add(content[(int)json["index"]!]!, json["delta"]!, arguments);
                    break;
            }
        }
        return content;
    }

    private static void Add(JsonNode block, JsonNode delta, StringBuilder arguments)
    {
        switch ((string?)delta["type"])
        {
            case "text_delta":
                block["text"] = (string?)block["text"] + (string?)delta["text"];
                break;
            case "thinking_delta":
                block["thinking"] = (string?)block["thinking"] + (string?)delta["thinking"];
                break;
            case "signature_delta":
                block["signature"] = (string?)delta["signature"];
                break;
            case "citations_delta":
                block["citations"] ??= new JsonArray();
                block["citations"]!.AsArray().Add(delta["citation"]!.DeepClone());
                break;
            case "input_json_delta":
                arguments.Append((string?)delta["partial_json"]);
                block["input"] = Whole(arguments.ToString());
                break;
        }
    }

    private static JsonNode? Whole(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (System.Text.Json.JsonException)
        {
            return new JsonObject();
        }
    }
}
