using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>A text, or a list of parts in OpenAI's shape (<c>text</c>, <c>image_url</c>
/// …).</summary>
[JsonConverter(typeof(GatewayChatContentConverter))]
public sealed record GatewayChatContent
{
    private GatewayChatContent(string? text, IReadOnlyList<GatewayChatPart>? parts) =>
        (Text, Parts) = (text, parts);

    /// <summary>The text, where it is one.</summary>
    public string? Text { get; }

    /// <summary>The parts, where it has some.</summary>
    public IReadOnlyList<GatewayChatPart>? Parts { get; }

    /// <summary>A text.</summary>
    /// <param name="text">The text.</param>
    public static implicit operator GatewayChatContent(string text) => FromText(text);

    /// <summary>A text.</summary>
    /// <param name="text">The text.</param>
    public static GatewayChatContent FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new GatewayChatContent(text, parts: null);
    }

    /// <summary>Several parts.</summary>
    /// <param name="parts">In the order in which they are said.</param>
    public static GatewayChatContent FromParts(params IReadOnlyList<GatewayChatPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new GatewayChatContent(text: null, parts);
    }

    /// <summary>The text, or the texts of all parts joined.</summary>
    public override string ToString() => Text ?? string.Concat(Parts!.Select(part => part.Text));
}

/// <summary>One part of a message.</summary>
public sealed record GatewayChatPart
{
    /// <summary><c>text</c>, <c>image_url</c>, or another of OpenAI's types.</summary>
    public required string Type { get; init; }

    /// <summary>Of a <c>text</c> part.</summary>
    public string? Text { get; init; }

    /// <summary>Of an <c>image_url</c> part.</summary>
    public GatewayChatImage? ImageUrl { get; init; }

    /// <summary>Further members by their wire names, such as <c>input_audio</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }

    /// <summary>Words.</summary>
    /// <param name="text">The words.</param>
    public static GatewayChatPart OfText(string text) => new() { Type = "text", Text = text };

    /// <summary>A picture by its address.</summary>
    /// <param name="url">An https address, or a <c>data:</c> URL with the picture in it.</param>
    public static GatewayChatPart OfImage(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var image = new GatewayChatImage { Url = url.OriginalString };
        return new GatewayChatPart { Type = "image_url", ImageUrl = image };
    }
}

/// <summary>A picture.</summary>
public sealed record GatewayChatImage
{
    /// <summary>An https address, or a <c>data:</c> URL with the picture in it.</summary>
    public required string Url { get; init; }

    /// <summary><c>low</c>, <c>high</c> or <c>auto</c>.</summary>
    public string? Detail { get; init; }
}

internal sealed class GatewayChatContentConverter : JsonConverter<GatewayChatContent>
{
    public override GatewayChatContent? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType switch
        {
            JsonTokenType.String => GatewayChatContent.FromText(reader.GetString()!),
            JsonTokenType.StartArray => GatewayChatContent.FromParts(
                JsonSerializer.Deserialize(
                    ref reader,
                    GatewayJson.Default.IReadOnlyListGatewayChatPart
                )!
            ),
            _ => throw new JsonException("Content is a text or a list of parts."),
        };

    public override void Write(
        Utf8JsonWriter writer,
        GatewayChatContent value,
        JsonSerializerOptions options
    )
    {
        if (value.Text is { } text)
        {
            writer.WriteStringValue(text);
            return;
        }

        JsonSerializer.Serialize(
            writer,
            value.Parts!,
            GatewayJson.Default.IReadOnlyListGatewayChatPart
        );
    }
}
