using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Content of a request: text, media, calls, results and thoughts.</summary>
internal sealed class MessagesContentWriter(
    Utf8JsonWriter writer,
    RequestProblems problems,
    DroppedParameters dropped
)
{
    public void Write(IReadOnlyList<Block> blocks)
    {
        writer.WriteStartArray();
        foreach (var block in blocks)
        {
            Write(block);
        }
        writer.WriteEndArray();
    }

    private void Write(Block block)
    {
        switch (block)
        {
            case Block.Text text:
                MessagesBlocks.WriteText(writer, text.Value, text);
                break;
            case Block.Reasoning thought:
                MessagesBlocks.WriteThought(writer, thought);
                break;
            case Block.ToolCall call:
                if (!MessagesBlocks.WriteCall(writer, call, ToolCallIds.ForAnthropic(call.Id)))
                {
                    // The model once wrote arguments that are no JSON; the turn goes on without.
                    dropped.Add("tool_calls.arguments");
                }
                break;
            case Block.ToolResult result:
                WriteResult(result);
                break;
            case Block.Image image:
                WriteMedia(image, image.Source, "image", null);
                break;
            case Block.Document document:
                WriteMedia(document, document.Source, "document", document.Name);
                break;
            case Block.Opaque opaque:
                writer.WriteRaw(opaque.Content.Json);
                break;
            case Block.Audio:
                problems.Unsupported("input_audio", "Claude does not take audio.");
                break;
        }
    }

    private void WriteResult(Block.ToolResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "tool_result"u8);
        writer.WriteString("tool_use_id"u8, ToolCallIds.ForAnthropic(result.CallId));
        var content = result
            .Content.Where(part => part is not Block.Text { Value.Length: 0 })
            .ToList();
        if (content.Count > 0)
        {
            writer.WritePropertyName("content"u8);
            Write(content);
        }
        if (result.IsError)
        {
            writer.WriteBoolean("is_error"u8, true);
        }
        MessagesBlocks.WriteBag(writer, result);
        writer.WriteEndObject();
    }

    private void WriteMedia(Block block, MediaSource source, string type, string? title)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        // A source that only Anthropic reads came in the bag and is written from there.
        var isInBag =
            block.Bag is { Vendor: Vendor.Anthropic } bag
            && bag.Json.Member("source"u8) is not null;
        if (!isInBag)
        {
            WriteSource(source, type);
        }
        if (title is not null && type == "document")
        {
            writer.WriteString("title"u8, title);
        }
        MessagesBlocks.WriteBag(writer, block);
        writer.WriteEndObject();
    }

    private void WriteSource(MediaSource source, string type)
    {
        writer.WriteStartObject("source"u8);
        if (source.Url is { } url)
        {
            writer.WriteString("type"u8, "url"u8);
            writer.WriteString("url"u8, url);
        }
        else if (type == "document" && MediaData.PlainText(source) is { } text)
        {
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("media_type"u8, "text/plain"u8);
            writer.WriteString("data"u8, text);
        }
        else if (source.Base64 is { } data && Takes(type, source.MediaType))
        {
            writer.WriteString("type"u8, "base64"u8);
            writer.WriteString("media_type"u8, source.MediaType);
            writer.WriteString("data"u8, data);
        }
        else
        {
            problems.Unsupported(
                type == "image" ? "image_url" : "file",
                source.FileId is not null
                    ? "A file id belongs to the provider that gave it; send the file as base64."
                    : $"Claude does not take a file of type '{source.MediaType}'."
            );
        }
        writer.WriteEndObject();
    }

    private static bool Takes(string type, string? mediaType) =>
        type == "image"
            ? mediaType is "image/png" or "image/jpeg" or "image/gif" or "image/webp"
            : mediaType == "application/pdf";
}
