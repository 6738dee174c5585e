using System.Text.RegularExpressions;
using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Tests.House;
using Markdig.Syntax;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>
/// Fenced code of a page, with what stands behind its language on the fence:
/// <c>continues</c> (goes on where the block before it in the same language ended),
/// <c>person="poor"</c> (its person has no money and pays when shown the portal),
/// <c>given</c> (the short names that the page leaves to its reader exist),
/// <c>answer="GET /…"</c> (JSON that the gateway answers there), <c>body="POST /…"</c> (JSON that it
/// takes there), <c>config</c> (an arda.json), <c>reference</c> (compared with the package by
/// ReferenceTests), <c>not-run="…"</c> (why it cannot be executed).
/// </summary>
internal sealed partial record Snippet
{
    public required string File { get; init; }

    public required int Line { get; init; }

    public required string Language { get; init; }

    public required string Text { get; init; }

    public required IReadOnlyDictionary<string, string> Marks { get; init; }

    public string Name => $"{File}:{Line}";

    public string? Mark(string name) => Marks.GetValueOrDefault(name);

    public bool Has(string name) => Marks.ContainsKey(name);

    /// <summary>Of every page that the server serves, and of the README.</summary>
    public static IReadOnlyList<Snippet> All { get; } =
    [
        .. DocsContents
            .Read()
            .Entries.Select(entry => entry.Source)
            .Append("README.md")
            .SelectMany(Of),
    ];

    /// <summary>Blocks of a language that run, each with those that continue it.</summary>
    public static IReadOnlyList<IReadOnlyList<Snippet>> Runs(params string[] languages)
    {
        List<List<Snippet>> runs = [];
        foreach (
            var snippet in All.Where(one =>
                languages.Contains(one.Language) && !one.Has("not-run") && !one.Has("reference")
            )
        )
        {
            if (snippet.Has("continues"))
            {
                Assert.Equal(snippet.File, runs[^1][0].File);
                runs[^1].Add(snippet);
            }
            else
            {
                runs.Add([snippet]);
            }
        }

        return runs;
    }

    public static TheoryData<string> Names(params string[] languages) =>
        [.. Runs(languages).Select(run => run[0].Name)];

    public static IReadOnlyList<Snippet> Run(string name) =>
        Runs("ts", "csharp", "sh", "bash", "python").Single(run => run[0].Name == name);

    private static IEnumerable<Snippet> Of(string source)
    {
        var text = System.IO.File.ReadAllText(Path.Combine(Checkout.Root, source));
        return Markdig
            .Markdown.Parse(text)
            .Descendants<FencedCodeBlock>()
            .Select(block => new Snippet
            {
                File = source,
                Line = block.Line + 1,
                Language = block.Info ?? "",
                Text = block.Lines.ToString() + "\n",
                Marks = MarkPattern()
                    .Matches(block.Arguments ?? "")
                    .ToDictionary(mark => mark.Groups[1].Value, mark => mark.Groups[2].Value),
            });
    }

    [GeneratedRegex("([a-z-]+)(?:=\"([^\"]*)\")?", RegexOptions.None, 1000)]
    private static partial Regex MarkPattern();
}
