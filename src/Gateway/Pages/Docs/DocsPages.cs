using Arda.Gateway.Pages.Docs.Api;
using Arda.Gateway.Pages.Docs.Search;

namespace Arda.Gateway.Pages.Docs;

/// <summary>The documentation: for everybody, signed in or not, and the same for all.</summary>
internal sealed class DocsPages(DocsLibrary library, DocsSearch search, ApiDocument api)
{
    private static readonly string[] s_reads = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/docs", s_reads, () => Show(""));
        routes.MapMethods("/docs/search", s_reads, (string? q) => Find(q ?? ""));
        routes.MapMethods(
            "/docs/errors/{code}",
            s_reads,
            (string code) => Show(DocsLibrary.ErrorPrefix + code)
        );
        routes.MapMethods("/docs/{slug}", s_reads, (string slug) => Show(slug));
        routes.MapMethods("/openapi/v1.json", s_reads, SendDocument);
    }

    private IResult Show(string slug)
    {
        if (library.Find(slug) is not { } article)
        {
            return Missing(slug);
        }

        var (before, after) = library.Around(slug);
        var isError = slug.StartsWith(DocsLibrary.ErrorPrefix, StringComparison.Ordinal);
        return Page.OfEverybody<ArticlePage, ArticleModel>(
            new ArticleModel
            {
                Sections = library.Contents.Sections,
                Slug = isError ? "errors" : slug,
                Article = article,
                Before = before,
                After = after,
            }
        );
    }

    private IResult Find(string query)
    {
        var words = query.Trim();
        return Page.OfEverybody<SearchPage, SearchModel>(
            new SearchModel
            {
                Sections = library.Contents.Sections,
                Query =
                    words.Length > DocsSearch.QueryLettersMax
                        ? words[..DocsSearch.QueryLettersMax]
                        : words,
                Hits = search.Find(words),
            }
        );
    }

    private IResult Missing(string slug)
    {
        var isError = slug.StartsWith(DocsLibrary.ErrorPrefix, StringComparison.Ordinal);
        return Page.OfEverybody<NoArticlePage, NoArticleModel>(
            new NoArticleModel
            {
                Sections = library.Contents.Sections,
                Title = isError ? "No such error code" : "There is no such page",
                Text = isError
                    ? "This gateway has no error of that name. It may belong to a newer version."
                    : "The address is wrong, or the page has another name now. Search for it above.",
            },
            StatusCodes.Status404NotFound
        );
    }

    private IResult SendDocument(HttpContext http)
    {
        // Tools in browsers read it from anywhere; it says nothing about anybody.
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Bytes(api.Bytes, "application/json");
    }
}
