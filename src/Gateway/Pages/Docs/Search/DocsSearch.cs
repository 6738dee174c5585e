using System.Text.RegularExpressions;

namespace Arda.Gateway.Pages.Docs.Search;

/// <summary>A part of a page that has what was asked for.</summary>
/// <param name="Page">The page's title.</param>
/// <param name="Heading">The part's; null for what stands above the first.</param>
/// <param name="Path">Leads to the part.</param>
/// <param name="Words">Around the first hit: each piece, and whether it is a hit.</param>
public sealed record DocsHit(
    string Page,
    string? Heading,
    string Path,
    IReadOnlyList<(string Text, bool IsHit)> Words
);

/// <summary>
/// Finds parts of pages by words, on the server. All words must be somewhere in the part, its
/// heading or its page's title; where that finds nothing, one of them is enough.
/// </summary>
internal sealed partial class DocsSearch(DocsLibrary library)
{
    public const int QueryLettersMax = 100;

    private const int HitsMax = 30;
    private const int HitsOfAPageMax = 3;
    private const int WordsMax = 8;
    private const int ExcerptLetters = 180;

    public IReadOnlyList<DocsHit> Find(string query)
    {
        var words = Word()
            .Matches(query.Length > QueryLettersMax ? query[..QueryLettersMax] : query)
            .Select(match => match.Value)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(WordsMax)
            .ToList();
        if (words.Count == 0)
        {
            return [];
        }

        var parts = library.Articles.SelectMany(PartsOf).ToList();
        var scored = Score(parts, words, least: words.Count);
        return [.. (scored.Count > 0 ? scored : Score(parts, words, least: 1)).Take(HitsMax)];
    }

    private static List<DocsHit> Score(List<Part> parts, List<string> words, int least) =>
        [
            .. parts
                .Select(part => (part, score: part.Score(words, least)))
                .Where(found => found.score > 0)
                .GroupBy(found => found.part.Article.Slug)
                .SelectMany(page =>
                    page.OrderByDescending(found => found.score).Take(HitsOfAPageMax)
                )
                .OrderByDescending(found => found.score)
                .Select(found => found.part.Hit(words)),
        ];

    private static IEnumerable<Part> PartsOf(DocsArticle article)
    {
        yield return new Part(article, null);
        foreach (var heading in article.Headings)
        {
            yield return new Part(article, heading);
        }
    }

    // Codes and names such as gw_sk_ and X-Arda-Selected-Model are words.
    [GeneratedRegex(@"[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*", RegexOptions.None, 1000)]
    private static partial Regex Word();

    private sealed record Part(DocsArticle Article, DocsHeading? Heading)
    {
        private string Text => Heading?.Text ?? Article.Lead;

        public int Score(List<string> words, int least)
        {
            var (score, found) = (0, 0);
            foreach (var word in words)
            {
                // The title of a page counts once, for its first part.
                var title = Has(Article.Title, word) ? (Heading is null ? 40 : 4) : 0;
                var heading = Heading is { } own && Has(own.Title, word) ? 20 : 0;
                var text = Math.Min(Count(Text, word), 5) * 2;
                var code = Heading is { } part && Has(part.Code, word) ? 1 : 0;
                found += title + heading + text + code > 0 ? 1 : 0;
                score += title + heading + text + code;
            }

            return found >= least ? score : 0;
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
}
