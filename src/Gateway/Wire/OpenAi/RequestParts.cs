using System.Text.Json;

namespace Arda.Gateway.Wire.OpenAi;

/// <summary>What the readers of Chat's and Responses' requests have in common.</summary>
internal static class RequestParts
{
    public static CacheMark? CacheOf(RequestInput part) =>
        part.Raw("cache_control") is { ValueKind: JsonValueKind.Object }
            ? new CacheMark(part.Object("cache_control")?.Text("ttl"))
            : null;

    /// <summary>An image by its address: a data URL or one that the vendor fetches.</summary>
    public static Block.Image Image(RequestInput holder, string name, string? detail)
    {
        var url = holder.RequiredText(name);
        var source = MediaData.FromUrl(url);
        if (source is null)
        {
            holder.Reject(name, "an http(s) address or a base64 data URL");
        }
        return new Block.Image(source ?? new MediaSource(), detail);
    }

    public static Block Audio(RequestInput part)
    {
        if (part.Object("input_audio") is not { } audio)
        {
            part.RequiredText("input_audio");
            return new Block.Text("");
        }
        var format = audio.RequiredText("format");
        var type = format == "mp3" ? "audio/mpeg" : $"audio/{format}";
        var source = MediaData.FromBase64(type, audio.RequiredText("data"));
        if (source is null)
        {
            audio.Reject("data", "base64");
        }
        return new Block.Audio(source ?? new MediaSource());
    }

    /// <summary>A file by its bytes, its address or its id at the vendor.</summary>
    public static Block File(RequestInput file)
    {
        var name = file.Text("filename");
        var id = file.Text("file_id");
        var url = file.Text("file_url");
        MediaSource? source;
        if (file.Text("file_data") is { } data)
        {
            source = MediaData.FromUrl(data) is { Base64: not null } inline
                ? inline
                : MediaData.FromBase64("application/pdf", data);
            if (source is null)
            {
                file.Reject("file_data", "a base64 data URL");
            }
        }
        else if (url is not null)
        {
            source = MediaData.FromUrl(url);
            if (source is null)
            {
                file.Reject("file_url", "an http(s) address");
            }
        }
        else
        {
            source = id is null ? null : new MediaSource { FileId = id };
            if (source is null)
            {
                file.Reject("file_data", "there: a file needs its data");
            }
        }
        return source?.MediaType?.StartsWith("image/", StringComparison.Ordinal) == true
            ? new Block.Image(source)
            : new Block.Document(source ?? new MediaSource(), name);
    }

    /// <summary>
    /// The arguments of a call in the history. Absent and "" are "{}". Models do write broken JSON;
    /// no format takes it back, so it becomes "{}" and its path is reported.
    /// </summary>
    public static string Arguments(RequestInput holder, string name, ICollection<string> repaired)
    {
        if (holder.Text(name) is not { } text || string.IsNullOrWhiteSpace(text))
        {
            return "{}";
        }
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return text;
            }
        }
        catch (JsonException)
        {
            // Reported below.
        }
        repaired.Add(holder.PathOf(name));
        return "{}";
    }

    /// <summary>An object that goes on as it was sent; it must be text that can be written.</summary>
    public static JsonElement? Kept(RequestInput holder, string name) =>
        holder.Object(name) is { } value ? Kept(value) : null;

    public static JsonElement? Kept(RequestInput value)
    {
        try
        {
            // Written anew it is one line, as a stream needs it, and half characters show now.
            return WireJson.Build(json => value.Json.WriteTo(json));
        }
        catch (InvalidOperationException)
        {
            value.Problems.Invalid(value.Path, $"'{value.Path}' must be valid Unicode text.");
            return null;
        }
    }
}
