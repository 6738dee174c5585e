using Markdig.Helpers;
using Markdig.Syntax.Inlines;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>
/// Links between files become links between pages. One to a file of the repository that is no page
/// names the file instead: a gateway serves its documentation, not its source. A code that errors
/// carry leads to its page wherever it is named.
/// </summary>
internal sealed class DocsLinks(DocsContents contents, IReadOnlyCollection<string> errorCodes)
{
    private readonly HashSet<string> _codes = new(errorCodes, StringComparer.Ordinal);

    public void Rewrite(LinkInline link, string source)
    {
        var url = link.Url ?? "";
        if (
            url.StartsWith('#')
            || url.StartsWith('/')
            || url.Contains(':', StringComparison.Ordinal)
        )
        {
            return;
        }

        var parts = url.Split('#', 2);
        var file = DocsResources.Resolve(source, parts[0]);
        if (contents.Entries.FirstOrDefault(entry => entry.Source == file) is { } page)
        {
            link.Url = page.Path + (parts.Length > 1 ? "#" + parts[1] : "");
            if (link.FirstChild is LiteralInline words && $"{words.Content}" == parts[0])
            {
                words.Content = new StringSlice(page.Title);
            }

            return;
        }

        Unlink(link, file);
    }

    private static void Unlink(LinkInline link, string file)
    {
        var words = new List<Inline>(link);
        foreach (var word in words)
        {
            word.Remove();
            link.InsertBefore(word);
        }

        if (!words.Any(word => word is CodeInline code && code.Content.Contains(file)))
        {
            link.InsertBefore(new LiteralInline(" ("));
            link.InsertBefore(new CodeInline(file));
            link.InsertBefore(new LiteralInline(" in the repository)"));
        }

        link.Remove();
    }

    public void LinkToItsPage(CodeInline code, string slug)
    {
        var path = DocsLibrary.ErrorPrefix + code.Content;
        if (!_codes.Contains(code.Content) || path == slug || code.Parent is LinkInline)
        {
            return;
        }

        var link = new LinkInline("/docs/" + path, "");
        code.ReplaceBy(link, copyChildren: false);
        link.AppendChild(code);
    }
}
