using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Writes the <c>content</c> of a message: one string, or parts where one does not do.</summary>
internal sealed class ChatPartWriter(Utf8JsonWriter json, ChatHost host, RequestGaps gaps)
{
    public void WriteContent(IReadOnlyList<Block> blocks)
    {
        var isText = blocks.All(block => block is Block.Text);
        var isMarked = host.IsOpenRouter && blocks.Any(block => block.Cache is not null);
        if (isText && !isMarked && (blocks.Count <= 1 || host.WantsPlainText))
        {
            json.WriteString(
                "content"u8,
                string.Join("\n\n", blocks.Cast<Block.Text>().Select(text => text.Value))
            );
            gaps.DropIf(blocks.Any(block => block.Cache is not null), "cache_control");
            return;
        }
        json.WriteStartArray("content"u8);
        foreach (var block in blocks)
        {
            // An empty text among other parts says nothing, and some hosts refuse it.
            if (block is not Block.Text { Value.Length: 0 })
            {
                WritePart(block);
            }
        }
        json.WriteEndArray();
    }

    private void WritePart(Block block)
    {
        json.WriteStartObject();
        switch (block)
        {
            case Block.Text text:
                WriteText(text.Value);
                break;
            case Block.Reasoning thought:
                WriteThinking(thought);
                break;
            case Block.Image image:
                WriteImage(image);
                break;
            case Block.Document document:
                WriteDocument(document);
                break;
            case Block.Audio audio:
                WriteAudio(audio);
                break;
            default:
                gaps.Refuse("messages", "A part of the conversation cannot be said to this model.");
                break;
        }
        CacheMarks.Write(json, block.Cache, host, gaps);
        json.WriteEndObject();
    }

    private void WriteText(string text)
    {
        json.WriteString("type"u8, "text"u8);
        json.WriteString("text"u8, text);
    }

    private void WriteThinking(Block.Reasoning thought)
    {
        json.WriteString("type"u8, "thinking"u8);
        json.WriteStartArray("thinking"u8);
        json.WriteStartObject();
        WriteText(thought.Value);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteImage(Block.Image image)
    {
        if (image.Source is not { Url: not null } and not { Base64: not null })
        {
            gaps.Refuse("file_id", "A file id is known only to its own provider: send the data.");
            return;
        }
        json.WriteString("type"u8, "image_url"u8);
        json.WriteStartObject("image_url"u8);
        json.WriteString("url"u8, image.Source.Url ?? MediaData.ToDataUrl(image.Source));
        if (image.Detail is { } detail)
        {
            json.WriteString("detail"u8, detail);
        }
        json.WriteEndObject();
    }

    private void WriteDocument(Block.Document document)
    {
        if (MediaData.PlainText(document.Source) is { } text)
        {
            WriteText(text);
            return;
        }
        if (host.IsMistral && (document.Source.Url ?? document.Source.Base64) is not null)
        {
            json.WriteString("type"u8, "document_url"u8);
            json.WriteString(
                "document_url"u8,
                document.Source.Url ?? MediaData.ToDataUrl(document.Source)
            );
            return;
        }
        if (document.Source.Url is not null)
        {
            gaps.Refuse(
                "file_url",
                "This model's provider does not fetch documents: send the data as base64."
            );
            return;
        }
        json.WriteString("type"u8, "file"u8);
        json.WriteStartObject("file"u8);
        if (document.Source.FileId is { } id)
        {
            json.WriteString("file_id"u8, id);
        }
        else
        {
            json.WriteString("file_data"u8, MediaData.ToDataUrl(document.Source));
            json.WriteString("filename"u8, document.Name ?? "document.pdf");
        }
        json.WriteEndObject();
    }

    private void WriteAudio(Block.Audio audio)
    {
        var format = audio.Source.MediaType switch
        {
            "audio/mpeg" or "audio/mp3" => "mp3",
            "audio/wav" or "audio/x-wav" or "audio/wave" => "wav",
            { } type when type.StartsWith("audio/", StringComparison.Ordinal) => type[6..],
            _ => null,
        };
        if (format is null || audio.Source.Base64 is not { } data)
        {
            gaps.Refuse("input_audio", "Audio has to be sent as base64 with its format.");
            return;
        }
        json.WriteString("type"u8, "input_audio"u8);
        json.WriteStartObject("input_audio"u8);
        json.WriteString("data"u8, data);
        json.WriteString("format"u8, format);
        json.WriteEndObject();
    }
}
