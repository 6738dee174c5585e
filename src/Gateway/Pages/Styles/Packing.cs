using System.IO.Compression;

namespace Arda.Gateway.Pages.Styles;

/// <summary>Brotli, for what is the same for everybody. Pages with somebody's own words are never
/// packed: the length of a packed answer tells something of what is in it.</summary>
internal static class Packing
{
    public static bool IsTaken(HttpRequest request) =>
        request
            .Headers.AcceptEncoding.ToString()
            .Split(',', StringSplitOptions.TrimEntries)
            .Any(coding => coding is "br" || coding.StartsWith("br;", StringComparison.Ordinal));

    /// <summary>Packed where the reader takes it, with the headers that say so.</summary>
    public static byte[] Packed(HttpContext http, byte[] plain)
    {
        http.Response.Headers.Vary = "Accept-Encoding";
        if (!IsTaken(http.Request))
        {
            return plain;
        }

        http.Response.Headers.ContentEncoding = "br";
        return Pack(plain, CompressionLevel.Fastest);
    }

    public static byte[] Pack(byte[] plain, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, level))
        {
            brotli.Write(plain);
        }

        return packed.ToArray();
    }
}
