using Arda.Gateway.Pages.Docs.Search;

namespace Arda.Gateway.Pages.Docs;

/// <summary>What stands around every page of the documentation.</summary>
public record DocsModel
{
    public required IReadOnlyList<DocsSection> Sections { get; init; }

    /// <summary>Of the page that the list marks.</summary>
    public string? Slug { get; init; }

    public string Query { get; init; } = "";
}

public sealed record ArticleModel : DocsModel
{
    public required DocsArticle Article { get; init; }

    public DocsEntry? Before { get; init; }

    public DocsEntry? After { get; init; }
}

public sealed record SearchModel : DocsModel
{
    public required IReadOnlyList<DocsHit> Hits { get; init; }
}

/// <summary>There is no such page; the search stands by.</summary>
public sealed record NoArticleModel : DocsModel
{
    public required string Title { get; init; }

    public required string Text { get; init; }
}
