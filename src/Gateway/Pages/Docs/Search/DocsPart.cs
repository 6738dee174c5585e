namespace Arda.Gateway.Pages.Docs.Search;

/// <summary>What a search looks at: what stands below one heading, or above the first.</summary>
internal sealed record DocsPart(DocsArticle Article, DocsHeading? Heading)
{
    private const int ExcerptLetters = 180;

    private string Text => Heading?.Text ?? Article.Lead;

    public int Score(List<string> words, int least)
    {
        var (score, found) = (0, 0);
        foreach (var word in words)
        {
            // The title of a page counts once, for its first part.
            var title = Has(Article.Title, word) ? (Heading is null ? 40 : 4) : 0;
            var heading = Heading is { } own && Has(own.Title, word) ? 20 : 0;
            heading += string.Equals(Heading?.Title, word, StringComparison.OrdinalIgnoreCase)
                ? 40
                : 0;
            var text = Math.Min(Count(Text, word), 5) * 2;
            var code = Heading is { } part && Has(part.Code, word) ? 1 : 0;
            found += title + heading + text + code > 0 ? 1 : 0;
            score += title + heading + text + code;
        }

        // A page of all names has every word; guides explain them.
        var isReference = Article.Slug.EndsWith("-reference", StringComparison.Ordinal);
        return found < least ? 0
            : isReference ? Math.Max(1, score / 2)
            : score;
    }

    public DocsHit Hit(List<string> words) =>
        new(
            Article.Title,
            Heading?.Title,
            Article.Path + (Heading is null ? "" : "#" + Heading.Id),
            Excerpt(words)
        );

    private List<(string Text, bool IsHit)> Excerpt(List<string> words)
    {
        var text = Text.ReplaceLineEndings(" ");
        var first = words
            .Select(word => text.IndexOf(word, StringComparison.OrdinalIgnoreCase))
            .Where(at => at >= 0)
            .DefaultIfEmpty(0)
            .Min();
        var start = first < 60 ? 0 : text.LastIndexOf(' ', first - 40) + 1;
        if (text.Length <= start + ExcerptLetters)
        {
            return Marked((start > 0 ? "… " : "") + text[start..], words);
        }

        var end = Math.Max(start, text.LastIndexOf(' ', start + ExcerptLetters));
        return Marked((start > 0 ? "… " : "") + text[start..end] + " …", words);
    }

    private static List<(string Text, bool IsHit)> Marked(string text, List<string> words)
    {
        List<(string, bool)> pieces = [];
        var at = 0;
        while (at < text.Length)
        {
            var next = words
                .Select(word =>
                    (word, at: text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase))
                )
                .Where(hit => hit.at >= 0)
                .OrderBy(hit => hit.at)
                .FirstOrDefault();
            if (next.word is null)
            {
                break;
            }

            pieces.Add((text[at..next.at], false));
            pieces.Add((text.Substring(next.at, next.word.Length), true));
            at = next.at + next.word.Length;
        }

        pieces.Add((text[at..], false));
        return pieces;
    }

    private static bool Has(string text, string word) =>
        text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static int Count(string text, string word)
    {
        var (count, at) = (0, 0);
        while ((at = text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            (count, at) = (count + 1, at + word.Length);
        }

        return count;
    }
}
