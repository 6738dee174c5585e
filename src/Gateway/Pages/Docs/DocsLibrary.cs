using Arda.Gateway.Http;
using Arda.Gateway.Pages.Docs.Api;
using Arda.Gateway.Pages.Docs.Errors;
using Arda.Gateway.Pages.Docs.Rendering;

namespace Arda.Gateway.Pages.Docs;

/// <summary>Every page of the documentation, rendered when the first reader comes.</summary>
internal sealed class DocsLibrary
{
    public const string ErrorPrefix = "errors/";

    private readonly Lazy<Dictionary<string, DocsArticle>> _articles;

    public DocsLibrary(EdgeOptions edge, DenialTable denials, ApiDocument api)
    {
        Contents = DocsContents.Read();
        var errors = new ErrorTexts(denials);
        var links = new DocsLinks(Contents, errors.Codes);
        var markdown = new DocsMarkdown(links, edge.PublicUrl);
        _articles = new(() => Render(markdown, errors, api));
    }

    public DocsContents Contents { get; }

    public IReadOnlyCollection<DocsArticle> Articles => _articles.Value.Values;

    public DocsArticle? Find(string slug) => _articles.Value.GetValueOrDefault(slug);

    /// <summary>The pages before and after one, in the order of the list. The page of an error code
    /// stands where the list of all codes does.</summary>
    public (DocsEntry? Before, DocsEntry? After) Around(string slug)
    {
        if (slug.StartsWith(ErrorPrefix, StringComparison.Ordinal))
        {
            return (Contents.Entries.First(entry => entry.Slug == "errors"), null);
        }

        var at = Contents.Entries.ToList().FindIndex(entry => entry.Slug == slug);
        return (
            at > 0 ? Contents.Entries[at - 1] : null,
            at >= 0 && at + 1 < Contents.Entries.Count ? Contents.Entries[at + 1] : null
        );
    }

    private Dictionary<string, DocsArticle> Render(
        DocsMarkdown markdown,
        ErrorTexts errors,
        ApiDocument api
    )
    {
        var articles = Contents.Entries.ToDictionary(
            entry => entry.Slug,
            entry =>
            {
                var text = DocsResources.Read(entry.Source);
                var all = entry.Slug == "api" ? text + ApiReference.Of(api.Json) : text;
                return markdown.Render(entry.Slug, entry.Source, all);
            },
            StringComparer.Ordinal
        );
        foreach (var code in errors.Codes)
        {
            var slug = ErrorPrefix + code;
            articles[slug] = markdown.Render(slug, "docs/guides/errors.md", errors.Of(code));
        }

        return articles;
    }
}
