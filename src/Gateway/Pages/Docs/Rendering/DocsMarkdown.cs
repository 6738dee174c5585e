using System.Text;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>
/// Makes an article of Markdown. HTML in the text is left out, so markup comes from the renderers
/// alone; code, tables and links have renderers of their own, because they must fit a narrow screen
/// and lead to pages of this site.
/// </summary>
internal sealed class DocsMarkdown(DocsLinks links, string publicUrl)
{
    private const int SummaryLettersMax = 200;

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .Build();

    /// <param name="slug">The page's name in addresses.</param>
    /// <param name="source">The file, from which relative links start.</param>
    /// <param name="text">Begins with the title.</param>
    public DocsArticle Render(string slug, string source, string text)
    {
        var document = Markdig.Markdown.Parse(text, s_pipeline);
        var title = document.OfType<HeadingBlock>().First(heading => heading.Level == 1);
        document.Remove(title);
        Prepare(document, source, slug);
        var (lead, headings) = Sections(document);
        return new DocsArticle
        {
            Slug = slug,
            Title = PlainText.Of(title),
            Summary = Shortened(
                document.OfType<ParagraphBlock>().Select(PlainText.Of).FirstOrDefault() ?? ""
            ),
            Html = Write(document),
            Lead = lead,
            Headings = headings,
        };
    }

    private void Prepare(MarkdownDocument document, string source, string slug)
    {
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            links.Rewrite(link, source);
        }

        foreach (var code in document.Descendants<CodeInline>().ToList())
        {
            links.LinkToItsPage(code, slug);
        }
    }

    private string Write(MarkdownDocument document)
    {
        using var html = new StringWriter();
        var renderer = new HtmlRenderer(html);
        s_pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new CodeRenderer(publicUrl));
        renderer.ObjectRenderers.Replace<CodeInlineRenderer>(new InlineCodeRenderer());
        renderer.ObjectRenderers.Replace<HtmlTableRenderer>(new TableRenderer());
        renderer.ObjectRenderers.Replace<HtmlBlockRenderer>(new NoHtmlBlock());
        renderer.ObjectRenderers.Replace<HtmlInlineRenderer>(new NoHtmlInline());
        renderer.Render(document);
        return html.ToString();
    }

    private static (string Lead, IReadOnlyList<DocsHeading> Headings) Sections(
        MarkdownDocument document
    )
    {
        List<(HeadingBlock Heading, StringBuilder Text, StringBuilder Code)> parts = [];
        var lead = new StringBuilder();
        foreach (var block in document)
        {
            if (block is HeadingBlock { Level: 2 or 3 } heading)
            {
                parts.Add((heading, new StringBuilder(), new StringBuilder()));
            }
            else
            {
                var text = parts.Count > 0 ? parts[^1].Text : lead;
                text.Append(PlainText.Of(block)).Append(' ');
                (parts.Count > 0 ? parts[^1].Code : lead).Append(PlainText.CodeOf(block));
            }
        }

        return (
            lead.ToString(),
            [
                .. parts.Select(part => new DocsHeading(
                    part.Heading.GetAttributes().Id ?? "",
                    PlainText.Of(part.Heading),
                    part.Heading.Level,
                    part.Text.ToString(),
                    part.Code.ToString()
                )),
            ]
        );
    }

    private static string Shortened(string text) =>
        text.Length <= SummaryLettersMax
            ? text
            : text[..text.LastIndexOf(' ', SummaryLettersMax)] + "…";

    private sealed class NoHtmlBlock : HtmlObjectRenderer<HtmlBlock>
    {
        protected override void Write(HtmlRenderer renderer, HtmlBlock obj) { }
    }

    private sealed class NoHtmlInline : HtmlObjectRenderer<HtmlInline>
    {
        protected override void Write(HtmlRenderer renderer, HtmlInline obj) { }
    }
}
