using Arda.Gateway.Wire;

namespace Arda.Gateway.Planning;

/// <summary>How many prompt tokens a request can be, for its hold; and, more nearly, how many it is.</summary>
internal static class PromptEstimate
{
    // JSON, code and English take 3 to 4 bytes a token with every current tokenizer; other scripts
    // take 2 to 3 bytes a character and about one token for it.
    private const int AsciiBytesPerTokenMin = 3;
    private const int AsciiBytesPerTokenUsual = 4;

    // Anthropic bills about width x height / 750, at most ~1,600 for a picture it scales down;
    // OpenAI's high detail stays below that for common sizes.
    private const int TokensPerImage = 1_700;

    // A page is billed as text and as an image; base64 of a page of text is about 40 KiB.
    private const int TokensPerDocumentMin = 3_000;
    private const int DocumentBytesPerToken = 16;

    // By address: a hundred pages is what vendors take at most, and few documents are near it.
    private const int TokensPerUnseenDocument = 60_000;

    // 32 tokens a second is the most any vendor counts; 64 kbit/s is 10.9 KB of base64 a second.
    private const int AudioBytesPerToken = 256;

    // What a provider puts around a prompt: roles, separators, its own system text for tools.
    private const int TokensAround = 16;
    private const int TokensAroundTools = 600;

    /// <summary>A bound that real prompts stay under; the catalog's context window is another one.</summary>
    public static long TokensMax(RequestScan scan) =>
        // Lists of token numbers take two bytes a token; a text never has more tokens than bytes.
        scan.IsEmbeddings
            ? scan.TextBytes
            : Text(scan, AsciiBytesPerTokenMin)
                + Media(scan)
                + TokensAround
                + (scan.Features.HasFlag(RequestFeatures.Tools) ? TokensAroundTools : 0);

    /// <summary>The best guess without a tokenizer, for count_tokens where the provider has none.</summary>
    public static long TokensUsual(RequestScan scan) =>
        Text(scan, AsciiBytesPerTokenUsual) + Media(scan);

    private static long Text(RequestScan scan, int bytesPerToken) =>
        ((scan.TextBytes - scan.NonAsciiBytes) / bytesPerToken) + (scan.NonAsciiBytes / 2);

    private static long Media(RequestScan scan) =>
        ((long)scan.Images * TokensPerImage)
        + ((long)scan.Documents * TokensPerDocumentMin)
        + ((long)scan.UnseenDocuments * TokensPerUnseenDocument)
        + (scan.DocumentBytes / DocumentBytesPerToken)
        + (scan.AudioBytes / AudioBytesPerToken);
}
