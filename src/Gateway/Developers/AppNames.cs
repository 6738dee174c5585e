using System.Globalization;
using System.Text;

namespace Arda.Gateway.Developers;

/// <summary>
/// Names that people may take for somebody else's. A consent page shows the verified domain as
/// well; these rules stop the names that would make nobody look at it.
/// </summary>
public static class AppNames
{
    public const int CharsMax = 60;

    private const string Ours = "arda";

    // Letters of other scripts that look like those of our own name.
    private static readonly Dictionary<char, char> s_lookAlikes = new()
    {
        ['а'] = 'a',
        ['α'] = 'a',
        ['ɑ'] = 'a',
        ['г'] = 'r',
        ['ɾ'] = 'r',
        ['ԁ'] = 'd',
        ['ɗ'] = 'd',
        ['đ'] = 'd',
        ['4'] = 'a',
        ['@'] = 'a',
    };

    /// <summary>The rule that is broken, as a sentence; null when none is.</summary>
    public static string? Broken(string name)
    {
        if (name.Trim() is not { Length: > 0 and <= CharsMax })
        {
            return $"A name has 1 to {CharsMax} characters.";
        }

        var runes = name.EnumerateRunes().ToList();
        return runes.Exists(rune => IsInvisible(Rune.GetUnicodeCategory(rune)))
                ? "A name has no control characters and none that are invisible or turn the text."
            : runes.Where(Rune.IsLetter).Select(ScriptOf).Distinct().Skip(1).Any()
                ? "A name does not mix scripts whose letters look alike."
            : Words(name).Contains(Ours)
                ? "The name of this gateway cannot be part of an app's name."
            : null;
    }

    private static bool IsInvisible(UnicodeCategory category) =>
        category
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    // Coarse on purpose: Latin beside Han or Arabic is common and deceives nobody.
    private static string ScriptOf(Rune letter) =>
        letter.Value switch
        {
            >= 0x370 and <= 0x3FF or >= 0x1F00 and <= 0x1FFF => "greek",
            >= 0x400 and <= 0x52F => "cyrillic",
            >= 0x530 and <= 0x58F => "armenian",
            >= 0x13A0 and <= 0x13FF => "cherokee",
            _ => "other",
        };

    private static string[] Words(string name)
    {
        var plain = new StringBuilder();
        foreach (var c in name.Normalize(NormalizationForm.FormKD).ToLowerInvariant())
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
            {
                plain.Append(s_lookAlikes.GetValueOrDefault(c, c));
            }
        }

        return plain
            .ToString()
            .Split(
                [.. plain.ToString().Where(c => !char.IsLetter(c)).Distinct()],
                StringSplitOptions.RemoveEmptyEntries
            );
    }
}
