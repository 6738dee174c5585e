using System.Collections.Frozen;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>What a prompt seems to be about, by its words alone.</summary>
internal sealed class Topics
{
    private const int WordsMax = 12;
    private const int ValuesMax = 16;
    private const int PromptCharsMax = 20_000;

    private static readonly FrozenSet<string> s_common = (
        "about above after again against also because been before being below between both "
        + "call called calls cannot could does doing down during each every explain from further "
        + "give have having hello here hers himself into itself just know like make many me more most "
        + "much must need only other over please same shall should show simulate some such tell than "
        + "thank thanks that their them then there these they thing things this those through under "
        + "until using very want wants what when where which while whom will with would write your "
        + "yours following answer question reply respond user text tool tools parallel"
    )
        .Split(' ')
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private Topics(IReadOnlyList<string> words, IReadOnlyList<string> values) =>
        (Words, Values) = (words, values);

    /// <summary>Words that carry meaning, in order, each once.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Names, quotations and numbers: what a tool call would be made with.</summary>
    public IReadOnlyList<string> Values { get; }

    public static Topics Of(string prompt)
    {
        if (prompt.Length > PromptCharsMax)
        {
            prompt = prompt[..PromptCharsMax];
        }

        var words = new List<string>();
        var values = new List<string>(Quotations(prompt));
        var startsSentence = true;
        foreach (var raw in prompt.Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.None))
        {
            var word = raw.Trim(',', '.', '?', '!', ':', ';', '"', '\'', '(', ')', '`', '*');
            if (word.Length == 0)
            {
                continue;
            }

            if (
                word.Length > 3
                && words.Count < WordsMax
                && word.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '\'')
                && !s_common.Contains(word)
                && !words.Contains(word, StringComparer.OrdinalIgnoreCase)
            )
            {
                words.Add(word);
            }

            if (IsValue(word, startsSentence) && !values.Contains(word))
            {
                values.Add(word);
            }

            startsSentence = raw[^1] is '.' or '?' or '!' or ':';
        }

        return new Topics(words, values.Take(ValuesMax).ToList());
    }

    private static bool IsValue(string word, bool startsSentence) =>
        word.Length > 1
        && word.All(c => char.IsLetterOrDigit(c) || c is '-' or '.' or '@' or '/')
        && (
            (char.IsUpper(word[0]) && !startsSentence)
            || word.Contains('@', StringComparison.Ordinal)
        );

    private static IEnumerable<string> Quotations(string prompt)
    {
        var parts = prompt.Split('"');
        for (var i = 1; i < parts.Length - 1; i += 2)
        {
            if (parts[i].Length is > 0 and <= 200)
            {
                yield return parts[i];
            }
        }
    }
}
