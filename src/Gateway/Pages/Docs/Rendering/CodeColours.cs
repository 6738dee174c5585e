using System.Text.RegularExpressions;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>
/// Tells comments, strings and keywords apart, and nothing else: enough to find one's way, with
/// colours of the design that a test holds to their contrast. What is said never depends on colour.
/// </summary>
internal static partial class CodeColours
{
    /// <summary>The pieces of a text, and the class of each that has a colour.</summary>
    public static IEnumerable<(string Text, string? Kind)> Of(string language, string code)
    {
        if (PatternOf(language) is not { } pattern)
        {
            return [(code, null)];
        }

        List<(string, string?)> pieces = [];
        var at = 0;
        foreach (Match match in pattern.Matches(code))
        {
            if (match.Index > at)
            {
                pieces.Add((code[at..match.Index], null));
            }

            pieces.Add((match.Value, KindOf(match)));
            at = match.Index + match.Length;
        }

        pieces.Add((code[at..], null));
        return pieces;
    }

    private static Regex? PatternOf(string language) =>
        language switch
        {
            "ts" or "csharp" => Curly(),
            "sh" or "bash" or "python" => Hash(),
            "json" => Data(),
            _ => null,
        };

    private static string? KindOf(Match match) =>
        match.Groups["n"].Success ? null
        : match.Groups["c"].Success ? "c"
        : match.Groups["s"].Success ? "s"
        : "k";

    [GeneratedRegex(
        """
            (?<c>//[^\n]*)
            |(?<s>'[^'\n]*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`)
            |(?<k>\b(?:import|from|export|const|let|await|async|new|if|else|for|of|return|throw|try|catch
              |switch|case|default|function|class|interface|type|using|var|foreach|in|static|public
              |private|sealed|record|readonly|null|true|false|break|when|is|not|while)\b)
            """,
        RegexOptions.IgnorePatternWhitespace,
        1000
    )]
    private static partial Regex Curly();

    [GeneratedRegex(
        """
            (?<c>(?<=^|\s)\#[^\n]*)
            |(?<s>'[^']*'|"(?:[^"\\]|\\.)*")
            |(?<k>\b(?:curl|import|from|export|for|in|if|done|do|then|fi|dotnet|npm|node)\b)
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Multiline,
        1000
    )]
    private static partial Regex Hash();

    // A member's name is left as it is; its value has the colour.
    [GeneratedRegex(
        """
            (?<n>"(?:[^"\\\n]|\\.)*"(?=\s*:))|(?<s>"(?:[^"\\\n]|\\.)*")|(?<k>\b(?:true|false|null)\b)
            """,
        RegexOptions.IgnorePatternWhitespace,
        1000
    )]
    private static partial Regex Data();
}
