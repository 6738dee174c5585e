using System.Text.RegularExpressions;

namespace Arda.Gateway.Pages.Docs;

/// <summary>
/// Which pages there are, and in which order: read from docs/site/contents.md, a list that reads as
/// one in the repository too. A page is named by its file.
/// </summary>
internal sealed partial class DocsContents
{
    public const string Source = "docs/site/contents.md";

    private DocsContents(IReadOnlyList<DocsSection> sections)
    {
        Sections = sections;
        Entries = [.. sections.SelectMany(section => section.Entries)];
    }

    public IReadOnlyList<DocsSection> Sections { get; }

    /// <summary>In the order in which one page leads to the next.</summary>
    public IReadOnlyList<DocsEntry> Entries { get; }

    public static DocsContents Read()
    {
        List<DocsSection> sections = [];
        List<DocsEntry> entries = [];
        foreach (var line in DocsResources.Read(Source).Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                entries = [];
                sections.Add(new DocsSection(line[3..].Trim(), entries));
            }
            else if (Entry().Match(line) is { Success: true } match)
            {
                var source = DocsResources.Resolve(Source, match.Groups[2].Value);
                entries.Add(new DocsEntry(match.Groups[1].Value, SlugOf(source), source));
            }
        }

        return new DocsContents(sections);
    }

    /// <summary>docs/guides/payments.md is /docs/payments; the two packages are named by their
    /// languages.</summary>
    private static string SlugOf(string source) =>
        source switch
        {
            "docs/site/index.md" => "",
            "sdk/typescript/README.md" => "typescript",
            "sdk/dotnet/README.md" => "dotnet",
            _ => Path.GetFileNameWithoutExtension(source),
        };

    [GeneratedRegex(@"^- \[([^\]]+)\]\(([^)]+)\)", RegexOptions.None, 1000)]
    private static partial Regex Entry();
}
