using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>How many prompt tokens a request can be, for its hold.</summary>
internal static class PromptEstimate
{
    // JSON, code and English take 3 to 4 bytes a token with every current tokenizer; other scripts
    // take 2 to 3 bytes a character and about one token for it.
    private const int AsciiBytesPerToken = 3;

    // Anthropic bills about width x height / 750, at most ~1,600 for a picture it scales down;
    // OpenAI's high detail stays below that for common sizes.
    private const int TokensPerImage = 1_700;

    // A page is billed as text and as an image; base64 of a page of text is about 40 KiB.
    private const int TokensPerDocumentMin = 3_000;
    private const int DocumentBytesPerToken = 16;

    public static long TokensMax(RequestScan scan)
    {
        var ascii = scan.TextBytes - scan.NonAsciiBytes;
        return (ascii / AsciiBytesPerToken)
            + (scan.NonAsciiBytes / 2)
            + ((long)scan.Images * TokensPerImage)
            + ((long)scan.Documents * TokensPerDocumentMin)
            + (scan.DocumentBytes / DocumentBytesPerToken)
            + 16;
    }
}
