namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// A tokenizer of our own: a word with its leading space, long words in pieces of six letters,
/// punctuation and characters of dense scripts one by one. About four characters of English each,
/// as real tokenizers have it.
/// </summary>
internal static class SimulatedTokens
{
    private const int LettersMax = 6;
    private const char DenseScripts = '\u2E80';

    /// <summary>How many characters the first token of the text has.</summary>
    public static int First(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        var at = text[0] == ' ' && text.Length > 1 && IsLetter(text[1]) ? 1 : 0;
        if (IsLetter(text[at]))
        {
            var end = at;
            while (end < text.Length && end - at < LettersMax && IsLetter(text[end]))
            {
                end++;
            }

            return end;
        }

        if (char.IsWhiteSpace(text[0]))
        {
            var end = 1;
            while (end < text.Length && char.IsWhiteSpace(text[end]) && !StartsWord(text[end..]))
            {
                end++;
            }

            return end;
        }

        return char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
    }

    public static long Count(ReadOnlySpan<char> text)
    {
        var count = 0L;
        for (var rest = text; !rest.IsEmpty; rest = rest[First(rest)..])
        {
            count++;
        }

        return count;
    }

    /// <summary>At most that many tokens from the start of the text.</summary>
    public static string Take(string text, long tokens)
    {
        var at = 0;
        for (; tokens > 0 && at < text.Length; tokens--)
        {
            at += First(text.AsSpan(at));
        }

        return text[..at];
    }

    public static IEnumerable<string> Split(string text)
    {
        for (var at = 0; at < text.Length; )
        {
            var length = First(text.AsSpan(at));
            yield return text.Substring(at, length);
            at += length;
        }
    }

    private static bool StartsWord(ReadOnlySpan<char> text) =>
        text[0] == ' ' && text.Length > 1 && IsLetter(text[1]);

    private static bool IsLetter(char c) => char.IsLetterOrDigit(c) && c < DenseScripts;
}
