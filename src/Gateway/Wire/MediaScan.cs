using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>Media found in the parts of a conversation, by what providers bill them as.</summary>
internal readonly record struct MediaFound
{
    public RequestFeatures Features { get; init; }

    public int Images { get; init; }

    public int Documents { get; init; }

    /// <summary>Base64 characters of documents; documents of plain text count as text instead.</summary>
    public long DocumentBytes { get; init; }

    /// <summary>Documents that are only named (a URL, a file id), so that their size is unknown.</summary>
    public int UnseenDocuments { get; init; }

    /// <summary>Base64 characters of audio.</summary>
    public long AudioBytes { get; init; }

    /// <summary>All inline data: not text, so no text tokens.</summary>
    public long InlineBytes { get; init; }
}

/// <summary>
/// Tells inline media from words, object by object. Only data inside a part that says it is an
/// image, a document or audio counts as media: what a client calls "data" inside a tool's arguments
/// is text to the model, and a hold that left it out could be used up before it began.
/// </summary>
internal static class MediaScan
{
    // Shorter strings are addresses or words; as text they cost next to nothing.
    private const int InlineBytesMin = 256;

    // The reader refuses what is deeper.
    private const int DepthMax = RequestScan.DepthMax;

    private enum Kind : byte
    {
        Unknown,
        Image,
        Document,
        Audio,
    }

    /// <summary>An open object: what it says it is, and the data seen in it so far.</summary>
    private struct Frame
    {
        public Kind Kind;
        public bool IsPlainText;
        public bool IsOpaque;
        public long Data;
    }

    /// <summary>Reads the value under the reader whole; the reader stands on its last token then.</summary>
    public static MediaFound Read(ref Utf8JsonReader reader)
    {
        Span<Frame> frames = stackalloc Frame[DepthMax + 1];
        var found = default(MediaFound);
        var open = -1;
        var floor = reader.CurrentDepth;
        var name = PartName.Other;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            Push(frames, ref open, opaque: false);
        }

        while (reader.Read() && reader.CurrentDepth > floor)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = NameOf(ref reader);
                    continue;
                case JsonTokenType.StartObject:
                    Push(frames, ref open, name == PartName.Arguments);
                    break;
                case JsonTokenType.EndObject:
                    Pop(frames, ref open, ref found);
                    break;
                case JsonTokenType.String when open >= 0:
                    Note(ref frames[open], name, ref reader);
                    break;
                default:
                    break;
            }

            // In an array the name goes on standing for its items.
            name = reader.TokenType is JsonTokenType.StartArray ? name : PartName.Other;
        }

        while (open >= 0)
        {
            Pop(frames, ref open, ref found);
        }

        return found;
    }

    private static void Push(Span<Frame> frames, ref int open, bool opaque)
    {
        var inherited = open >= 0 && frames[open].IsOpaque;
        frames[++open] = new Frame { IsOpaque = opaque || inherited };
    }

    private static void Pop(Span<Frame> frames, ref int open, ref MediaFound found)
    {
        var frame = frames[open--];
        if (frame.IsOpaque)
        {
            return;
        }

        if (frame.Kind != Kind.Unknown)
        {
            found = Add(found, frame);
        }
        else if (open >= 0)
        {
            // image_url:{url}, source:{data}, file:{file_data}: the part around it says what it is.
            frames[open].Data += frame.Data;
            frames[open].IsPlainText |= frame.IsPlainText;
        }
    }

    private static MediaFound Add(MediaFound found, in Frame frame)
    {
        var inline = frame.IsPlainText ? 0 : frame.Data;
        found = found with { InlineBytes = found.InlineBytes + inline };
        return frame.Kind switch
        {
            Kind.Image => found with
            {
                Features = found.Features | RequestFeatures.Vision,
                Images = found.Images + 1,
            },
            Kind.Audio => found with
            {
                Features = found.Features | RequestFeatures.AudioInput,
                AudioBytes = found.AudioBytes + inline,
            },
            _ => found with
            {
                Features = found.Features | RequestFeatures.Pdf,
                Documents = found.Documents + 1,
                DocumentBytes = found.DocumentBytes + inline,
                UnseenDocuments =
                    found.UnseenDocuments + (frame is { Data: 0, IsPlainText: false } ? 1 : 0),
            },
        };
    }

    private static void Note(ref Frame frame, PartName name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case PartName.Type when KindOf(ref reader) is not Kind.Unknown and var kind:
                frame.Kind = kind;
                break;
            case PartName.Type or PartName.MediaType:
                frame.IsPlainText |=
                    reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("text/plain"u8);
                break;
            case PartName.Data when reader.ValueSpan.Length > InlineBytesMin:
                frame.Data += reader.ValueSpan.Length;
                break;
            default:
                break;
        }
    }

    private enum PartName
    {
        Other,
        Type,
        MediaType,
        Data,
        Arguments,
    }

    private static PartName NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("type"u8) ? PartName.Type
        : reader.ValueTextEquals("media_type"u8) ? PartName.MediaType
        : reader.ValueTextEquals("data"u8)
        || reader.ValueTextEquals("url"u8)
        || reader.ValueTextEquals("image_url"u8)
        || reader.ValueTextEquals("file_data"u8)
            ? PartName.Data
        : reader.ValueTextEquals("input"u8) || reader.ValueTextEquals("arguments"u8)
            ? PartName.Arguments
        : PartName.Other;

    private static Kind KindOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("image_url"u8)
        || reader.ValueTextEquals("image"u8)
        || reader.ValueTextEquals("input_image"u8)
            ? Kind.Image
        : reader.ValueTextEquals("file"u8)
        || reader.ValueTextEquals("document"u8)
        || reader.ValueTextEquals("input_file"u8)
            ? Kind.Document
        : reader.ValueTextEquals("input_audio"u8) ? Kind.Audio
        : Kind.Unknown;
}
