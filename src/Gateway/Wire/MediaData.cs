using System.Buffers.Text;
using System.Text;

namespace Arda.Gateway.Wire;

/// <summary>Data URLs (RFC 2397, base64 only) and what the first bytes of a file say it is.</summary>
public static class MediaData
{
    /// <summary>
    /// A source from an address: <c>data:image/png;base64,…</c> becomes inline data, an http address
    /// stays an address. Null when it is neither, or the data is not base64.
    /// </summary>
    public static MediaSource? FromUrl(string url)
    {
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return
                url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
                || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                ? new MediaSource { Url = url }
                : null;
        }
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
        {
            return null;
        }
        var header = url.AsSpan(5, comma - 5);
        if (!header.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var semicolon = header.IndexOf(';');
        return FromBase64(header[..semicolon].ToString(), url[(comma + 1)..]);
    }

    /// <summary>Inline data with the media type its first bytes prove, since vendors refuse a wrong
    /// one; the declared type where they prove nothing. Null when it is not base64.</summary>
    public static MediaSource? FromBase64(string? declared, string base64) =>
        base64.Length > 0 && Base64.IsValid(base64)
            ? new MediaSource { MediaType = Sniff(base64) ?? declared, Base64 = base64 }
            : null;

    public static string ToDataUrl(MediaSource source) =>
        $"data:{source.MediaType ?? "application/octet-stream"};base64,{source.Base64}";

    /// <summary>The text of an inline <c>text/*</c> document.</summary>
    public static string? PlainText(MediaSource source) =>
        source is { Base64: { } data, MediaType: { } type }
        && type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
            : null;

    public static MediaSource FromPlainText(string text) =>
        new()
        {
            MediaType = "text/plain",
            Base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        };

    /// <summary>PNG, JPEG, GIF, WebP and PDF; nothing else is worth correcting.</summary>
    private static string? Sniff(string base64)
    {
        // 16 characters are 12 bytes: enough for the longest mark, RIFF....WEBP.
        Span<byte> head = stackalloc byte[12];
        var taken = Math.Min(base64.Length, 16) & ~3;
        if (!Convert.TryFromBase64Chars(base64.AsSpan(0, taken), head, out var length))
        {
            return null;
        }
        ReadOnlySpan<byte> start = head[..length];
        return start switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "application/pdf",
            [
                (byte)'R',
                (byte)'I',
                (byte)'F',
                (byte)'F',
                _,
                _,
                _,
                _,
                (byte)'W',
                (byte)'E',
                (byte)'B',
                (byte)'P',
            ] => "image/webp",
            _ => null,
        };
    }
}
