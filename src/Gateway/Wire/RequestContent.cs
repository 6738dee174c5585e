using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// Looks through the content of a request for what decides route and price: tools, media, formats.
/// It may see a feature that is not there (a tool argument that looks like an image part), which
/// costs a choice of models, never money.
/// </summary>
internal static class RequestContent
{
    // A string longer than this under one of the media names is data, not words.
    private const int MediaBytesMin = 256;

    internal readonly record struct Found(
        RequestFeatures Features,
        int Images,
        int Documents,
        long DocumentBytes,
        long MediaBytes
    );

    /// <summary>Reads one top-level value whole; the reader stands on its last token afterwards.</summary>
    internal static Found Read(string member, ref Utf8JsonReader reader)
    {
        var features = member switch
        {
            "tools" or "functions" when reader.TokenType == JsonTokenType.StartArray =>
                RequestFeatures.Tools,
            "reasoning_effort"
            or "reasoning"
            or "thinking" when reader.TokenType != JsonTokenType.Null => RequestFeatures.Reasoning,
            _ => RequestFeatures.None,
        };
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return new Found(features, 0, 0, 0, 0);
        }

        return member switch
        {
            "messages" or "input" or "system" => ReadParts(ref reader),
            "response_format" or "text" or "output_config" or "output_format" => new Found(
                features | ReadFormat(ref reader),
                0,
                0,
                0,
                0
            ),
            "tools" => new Found(ReadTools(ref reader), 0, 0, 0, 0),
            _ => Skip(features, ref reader),
        };
    }

    internal static Denial.InvalidRequest? MissingIn(WireFormat dialect, RequestScan scan)
    {
        var asksForInput = scan.IsEmbeddings || dialect == WireFormat.OpenAiResponses;
        var name = asksForInput ? "input" : "messages";
        if (scan.Find(name) is not null)
        {
            return null;
        }

        if (scan.IsEmbeddings)
        {
            return new Denial.InvalidRequest("'input' is missing. It holds the texts.", name);
        }

        var other = name == "input" ? "messages" : "input";
        var hint = scan.Find(other) is not null
            ? $"'{other}' belongs to {(other == "input" ? "/v1/responses" : "/v1/chat/completions")}."
            : "It holds the conversation.";
        return new Denial.InvalidRequest($"'{name}' is missing. {hint}", name);
    }

    private static Found Skip(RequestFeatures features, ref Utf8JsonReader reader)
    {
        reader.Skip();
        return new Found(features, 0, 0, 0, 0);
    }

    private static Found ReadParts(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var found = default(Found);
        var name = MediaName.None;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = NameOf(ref reader);
                continue;
            }

            if (reader.TokenType == JsonTokenType.String && name == MediaName.Type)
            {
                found = Add(found, ref reader);
            }
            else if (reader.TokenType == JsonTokenType.String && name == MediaName.Data)
            {
                var length = reader.ValueSpan.Length;
                if (length > MediaBytesMin)
                {
                    found = found with
                    {
                        MediaBytes = found.MediaBytes + length,
                        DocumentBytes = found.DocumentBytes + (found.Documents > 0 ? length : 0),
                    };
                }
            }

            name = MediaName.None;
        }

        return found;
    }

    private enum MediaName
    {
        None,
        Type,
        Data,
    }

    private static MediaName NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("type"u8) ? MediaName.Type
        : reader.ValueTextEquals("data"u8)
        || reader.ValueTextEquals("url"u8)
        || reader.ValueTextEquals("image_url"u8)
        || reader.ValueTextEquals("file_data"u8)
            ? MediaName.Data
        : MediaName.None;

    private static Found Add(Found found, ref Utf8JsonReader reader)
    {
        if (
            reader.ValueTextEquals("image_url"u8)
            || reader.ValueTextEquals("image"u8)
            || reader.ValueTextEquals("input_image"u8)
        )
        {
            return found with
            {
                Features = found.Features | RequestFeatures.Vision,
                Images = found.Images + 1,
            };
        }

        if (
            reader.ValueTextEquals("file"u8)
            || reader.ValueTextEquals("document"u8)
            || reader.ValueTextEquals("input_file"u8)
        )
        {
            return found with
            {
                Features = found.Features | RequestFeatures.Pdf,
                Documents = found.Documents + 1,
            };
        }

        return reader.ValueTextEquals("input_audio"u8)
            ? found with
            {
                Features = found.Features | RequestFeatures.AudioInput,
            }
            : found;
    }

    private static RequestFeatures ReadFormat(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var features = RequestFeatures.None;
        var isType = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                // Deeper than format.type there are only members of the schema itself.
                isType = reader.CurrentDepth <= depth + 2 && reader.ValueTextEquals("type"u8);
                continue;
            }

            if (isType && reader.TokenType == JsonTokenType.String)
            {
                features |=
                    reader.ValueTextEquals("json_schema"u8) ? RequestFeatures.StructuredOutput
                    : reader.ValueTextEquals("json_object"u8) ? RequestFeatures.JsonMode
                    : RequestFeatures.None;
            }

            isType = false;
        }

        return features;
    }

    private static RequestFeatures ReadTools(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var features = RequestFeatures.None;
        var isType = false;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == depth + 1)
            {
                features |= RequestFeatures.Tools;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isType = reader.CurrentDepth == depth + 2 && reader.ValueTextEquals("type"u8);
                continue;
            }

            if (isType && reader.TokenType == JsonTokenType.String)
            {
                var isOwn =
                    reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8);
                features |= isOwn ? RequestFeatures.None : RequestFeatures.ServerTools;
            }

            isType = false;
        }

        return features;
    }
}
