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

    private static List<DocsHit> Score(List<DocsPart> parts, List<string> words, int least) =>
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

    private static IEnumerable<DocsPart> PartsOf(DocsArticle article)
    {
        yield return new DocsPart(article, null);
        foreach (var heading in article.Headings)
        {
            yield return new DocsPart(article, heading);
        }
    }

    // Codes and names such as gw_sk_ and X-Arda-Selected-Model are words.
    [GeneratedRegex(@"[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
