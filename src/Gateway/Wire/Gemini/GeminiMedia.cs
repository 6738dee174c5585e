using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Images, files and sound. The gateway never fetches an address for anybody: Vertex does
/// so itself, the Gemini API does not.</summary>
internal sealed class GeminiMedia(bool isVertex, RequestProblems problems)
{
    public void Write(Utf8JsonWriter writer, Block block, MediaSource source, string param)
    {
        writer.WriteStartObject();
        if (block.Bag is { Vendor: Vendor.Google } bag && bag.Json.Object("fileData"u8) is { } own)
        {
            writer.WritePropertyName("fileData"u8);
            writer.WriteRaw(own);
        }
        else if (source.Base64 is { } data)
        {
            GeminiParts.WriteInline(writer, source.MediaType ?? DefaultType(param), data);
        }
        else if (source.Url is { } url && isVertex)
        {
            writer.WriteStartObject("fileData"u8);
            writer.WriteString("mimeType"u8, source.MediaType ?? TypeOf(url, param));
            writer.WriteString("fileUri"u8, url);
            writer.WriteEndObject();
        }
        else
        {
            problems.Unsupported(
                param,
                source.Url is not null
                    ? "This model's provider does not fetch addresses; send the file as base64."
                    : "A file id belongs to the provider that gave it; send the file as base64."
            );
        }
        writer.WriteEndObject();
    }

    // Vertex wants a type beside the address; most addresses of files name it.
    private static string TypeOf(string url, string param)
    {
        var path = Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.AbsolutePath : url;
        return Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".PNG" => "image/png",
            ".JPG" or ".JPEG" => "image/jpeg",
            ".GIF" => "image/gif",
            ".WEBP" => "image/webp",
            ".HEIC" => "image/heic",
            ".PDF" => "application/pdf",
            ".TXT" => "text/plain",
            ".MP3" => "audio/mpeg",
            ".WAV" => "audio/wav",
            _ => DefaultType(param),
        };
    }

    private static string DefaultType(string param) =>
        param switch
        {
            "image_url" => "image/jpeg",
            "input_audio" => "audio/wav",
            _ => "application/pdf",
        };
}
