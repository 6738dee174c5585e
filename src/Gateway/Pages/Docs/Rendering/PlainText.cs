using System.Text;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>What a reader hears of a block, without its markup.</summary>
internal static class PlainText
{
    public static string Of(MarkdownObject block)
    {
        var text = new StringBuilder();
        Append(block, text);
        return text.ToString().Trim();
    }

    /// <summary>The code in it alone.</summary>
    public static string CodeOf(MarkdownObject block) =>
        string.Join(
            '\n',
            (block is CodeBlock own ? [own] : block.Descendants<CodeBlock>()).Select(code =>
                code.Lines.ToString()
            )
        );

    private static void Append(MarkdownObject block, StringBuilder text)
    {
        switch (block)
        {
            case HtmlBlock or CodeBlock:
                break;
            case LeafBlock { Inline: { } inline }:
                Append(inline, text);
                text.Append(' ');
                break;
            case ContainerBlock container:
                foreach (var child in container)
                {
                    Append(child, text);
                }

                break;
        }
    }

    private static void Append(ContainerInline container, StringBuilder text)
    {
        foreach (var inline in container)
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content);
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
                case ContainerInline inner:
                    Append(inner, text);
                    break;
            }
        }
    }
}
