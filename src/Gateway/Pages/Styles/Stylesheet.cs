using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Arda.Gateway.Pages.Styles;

/// <summary>
/// All of the pages' CSS in one answer: a file for each thing in the source, one request for the
/// browser. Its address names its content, so it may be cached for ever.
/// </summary>
internal static partial class Stylesheet
{
    // The order is the cascade: what comes later may refine what came before.
    private static readonly string[] s_files =
    [
        "tokens",
        "base",
        "layout",
        "cards",
        "forms",
        "tables",
        "charts",
        "portal",
        "docs",
        "code",
        "print",
    ];

    public static string Text { get; } = Squeeze(string.Concat(s_files.Select(Read)));

    public static byte[] Plain { get; } = Encoding.UTF8.GetBytes(Text);

    public static byte[] Brotli { get; } = Packing.Pack(Plain, CompressionLevel.SmallestSize);

    public static string Url { get; } =
        $"/assets/arda.{Convert.ToHexStringLower(SHA256.HashData(Plain))[..12]}.css";

    private static string Read(string name)
    {
        using var resource = typeof(Stylesheet).Assembly.GetManifestResourceStream(
            $"Pages/Styles/{name}.css"
        )!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    // Comments and white space only: what a compressor would not take away by itself.
    private static string Squeeze(string css) =>
        Space().Replace(Comment().Replace(css, ""), match => match.Groups[1].Value);

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s*([{};,])\s*|\n\s*", RegexOptions.None, 5000)]
    private static partial Regex Space();
}
