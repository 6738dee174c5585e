namespace Arda.Gateway.Pages.Docs;

/// <summary>A heading of an article, as its table of contents and the search know it.</summary>
/// <param name="Id">Names it in the address of the page.</param>
/// <param name="Title">Its words.</param>
/// <param name="Level">Two for a section, three for a part of one.</param>
/// <param name="Text">What stands below it, without markup and code; for the search.</param>
/// <param name="Code">The code that stands below it.</param>
public sealed record DocsHeading(string Id, string Title, int Level, string Text, string Code);

/// <summary>One page of the documentation, rendered.</summary>
public sealed record DocsArticle
{
    /// <summary>What follows /docs/ in its address.</summary>
    public required string Slug { get; init; }

    public required string Title { get; init; }

    /// <summary>Its first sentence, for search results and for those that list pages.</summary>
    public required string Summary { get; init; }

    public required string Html { get; init; }

    /// <summary>What stands above the first heading, without markup.</summary>
    public required string Lead { get; init; }

    public required IReadOnlyList<DocsHeading> Headings { get; init; }

    public string Path => Slug.Length == 0 ? "/docs" : "/docs/" + Slug;
}

/// <summary>A page as the list of pages names it.</summary>
public sealed record DocsEntry(string Title, string Slug, string Source)
{
    public string Path => Slug.Length == 0 ? "/docs" : "/docs/" + Slug;
}

/// <summary>A part of the list of pages.</summary>
public sealed record DocsSection(string Title, IReadOnlyList<DocsEntry> Entries);
