using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Contents of a request. Older models give their calls no ids, so a result belongs to the
/// first call of its name that has none yet.</summary>
internal sealed class GeminiRequestContents
{
    private readonly List<(string Id, string Name)> _open = [];
    private int _turns;

    public Turn Turn(RequestInput content)
    {
        var role = content.Text("role") switch
        {
            null or "user" or "function" => Role.User,
            "model" => Role.Assistant,
            _ => Rejected(content),
        };
        _turns++;
        return new Turn(role, Parts(content));
    }

    public IReadOnlyList<Block> Parts(RequestInput content)
    {
        var blocks = new List<Block>();
        foreach (var part in content.Objects("parts"))
        {
            blocks.Add(Read(part, blocks.Count));
        }
        return blocks;
    }

    private static Role Rejected(RequestInput content)
    {
        content.Reject("role", "'user' or 'model'");
        return Role.User;
    }

    private Block Read(RequestInput part, int position)
    {
        var signature = part.Text(GeminiNames.In(part, "thoughtSignature"));
        if (Object(part, "functionCall") is { } call)
        {
            return Call(call, signature, position);
        }
        if (Object(part, "functionResponse") is { } response)
        {
            return Result(response);
        }
        if (part.Has("text"))
        {
            var text = part.Text("text") ?? "";
            return part.Flag("thought") == true
                ? new Block.Reasoning(text) { Signature = signature, Source = Vendor.Google }
                : new Block.Text(text) { Bag = GeminiParts.BagOf(signature) };
        }
        if (Object(part, "inlineData") is { } inline)
        {
            return Inline(inline);
        }
        return Object(part, "fileData") is { } file
            ? File(file, part)
            : new Block.Opaque(new VendorBag(Vendor.Google, part.Json));
    }

    private Block.ToolCall Call(RequestInput call, string? signature, int position)
    {
        var name = call.RequiredText("name");
        var id = call.Text("id") is { Length: > 0 } own
            ? own
            : ToolCallIds.Make($"content {_turns}", position);
        _open.Add((id, name));
        return new Block.ToolCall(id, name, call.Object("args")?.Json.GetRawText() ?? "{}")
        {
            Bag = GeminiParts.BagOf(signature),
        };
    }

    private Block.ToolResult Result(RequestInput from)
    {
        var name = from.RequiredText("name");
        var said = from.Text("id");
        var at = _open.FindIndex(call =>
            said is { Length: > 0 } ? call.Id == said : call.Name == name
        );
        var id = at >= 0 ? _open[at].Id : said ?? ToolCallIds.Make(name, 0);
        if (at >= 0)
        {
            _open.RemoveAt(at);
        }
        if (from.Object("response") is not { } response)
        {
            from.Reject("response", "an object");
            return new Block.ToolResult(id, name, [], IsError: false);
        }
        var isError = response.Has("error") && !response.Has("result");
        return new Block.ToolResult(id, name, [new Block.Text(TextOf(response.Json))], isError)
        {
            // The object itself, should it go back to Google.
            Bag = new VendorBag(Vendor.Google, Envelope("response", response.Json)),
        };
    }

    // {"result": "text"} is how a plain text is wrapped.
    private static string TextOf(JsonElement response) =>
        response.GetPropertyCount() == 1
        && (response.Text("result"u8) ?? response.Text("error"u8)) is { } text
            ? text
            : response.GetRawText();

    private static Block Inline(RequestInput inline)
    {
        var type = inline.Text(GeminiNames.In(inline, "mimeType"));
        var data = inline.RequiredText("data");
        if (MediaData.FromBase64(type, data) is not { } source)
        {
            inline.Reject("data", "base64");
            return new Block.Text("");
        }
        return GeminiParts.Media(source.MediaType, data);
    }

    // Only Google can read most of these addresses (gs://, its file store), so they stay as they are.
    private static Block File(RequestInput file, RequestInput part)
    {
        var type = file.Text(GeminiNames.In(file, "mimeType"));
        var source = new MediaSource
        {
            MediaType = type,
            Url = file.RequiredText(GeminiNames.In(file, "fileUri")),
        };
        Block block =
            type?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true
                ? new Block.Image(source)
                : new Block.Document(source);
        var raw = part.Json.Object("fileData"u8) ?? part.Json.Object("file_data"u8);
        return block with { Bag = new VendorBag(Vendor.Google, Envelope("fileData", raw!.Value)) };
    }

    private static JsonElement Envelope(string name, JsonElement value) =>
        WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName(name);
            writer.WriteRaw(value);
            writer.WriteEndObject();
        });

    private static RequestInput? Object(RequestInput from, string camel) =>
        from.Object(GeminiNames.In(from, camel));
}
