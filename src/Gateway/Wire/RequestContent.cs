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
    /// <summary>Reads one top-level value whole; the reader stands on its last token afterwards.</summary>
    internal static MediaFound Read(string member, ref Utf8JsonReader reader)
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
            return new MediaFound { Features = features };
        }

        return member switch
        {
            "messages" or "input" or "system" => MediaScan.Read(ref reader),
            "response_format" or "text" or "output_config" or "output_format" => new MediaFound
            {
                Features = features | ReadFormat(ref reader),
            },
            "tools" => new MediaFound { Features = ReadTools(ref reader) },
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

    private static MediaFound Skip(RequestFeatures features, ref Utf8JsonReader reader)
    {
        reader.Skip();
        return new MediaFound { Features = features };
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
