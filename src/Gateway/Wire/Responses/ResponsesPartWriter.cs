using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Writes what goes in: one string, or parts where one does not do.</summary>
internal sealed class ResponsesPartWriter(Utf8JsonWriter json, RequestGaps gaps)
{
    public void WriteContent(string name, IReadOnlyList<Block> blocks)
    {
        gaps.DropIf(blocks.Any(block => block.Cache is not null), "cache_control");
        if (blocks is [] or [Block.Text])
        {
            json.WriteString(name, blocks is [Block.Text only] ? only.Value : "");
            return;
        }
        json.WriteStartArray(name);
        foreach (var block in blocks)
        {
            if (block is not Block.Text { Value.Length: 0 })
            {
                json.WriteStartObject();
                WritePart(block);
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
    }

    private void WritePart(Block block)
    {
        switch (block)
        {
            case Block.Text text:
                WriteText(text.Value);
                break;
            case Block.Image image:
                WriteImage(image);
                break;
            case Block.Document document:
                WriteDocument(document);
                break;
            case Block.Audio { Source.Base64: { } data } audio:
                json.WriteString("type"u8, "input_audio"u8);
                json.WriteStartObject("input_audio"u8);
                json.WriteString("data"u8, data);
                json.WriteString(
                    "format"u8,
                    audio.Source.MediaType == "audio/mpeg" ? "mp3" : "wav"
                );
                json.WriteEndObject();
                break;
            default:
                gaps.Refuse("input", "A part of the conversation cannot be said to this model.");
                break;
        }
    }

    private void WriteText(string text)
    {
        json.WriteString("type"u8, "input_text"u8);
        json.WriteString("text"u8, text);
    }

    private void WriteImage(Block.Image image)
    {
        json.WriteString("type"u8, "input_image"u8);
        if (image.Source.FileId is { } id)
        {
            json.WriteString("file_id"u8, id);
        }
        else
        {
            json.WriteString("image_url"u8, image.Source.Url ?? MediaData.ToDataUrl(image.Source));
        }
        json.WriteString("detail"u8, image.Detail ?? "auto");
    }

    private void WriteDocument(Block.Document document)
    {
        if (MediaData.PlainText(document.Source) is { } text)
        {
            WriteText(text);
            return;
        }
        json.WriteString("type"u8, "input_file"u8);
        if (document.Source.FileId is { } id)
        {
            json.WriteString("file_id"u8, id);
        }
        else if (document.Source.Url is { } url)
        {
            json.WriteString("file_url"u8, url);
        }
        else
        {
            json.WriteString("filename"u8, document.Name ?? "document.pdf");
            json.WriteString("file_data"u8, MediaData.ToDataUrl(document.Source));
        }
    }
}
