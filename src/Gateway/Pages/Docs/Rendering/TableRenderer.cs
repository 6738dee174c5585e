using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>A table whose rows fold into small lists on narrow screens: each cell knows the name of
/// its column.</summary>
internal sealed class TableRenderer : HtmlObjectRenderer<Table>
{
    protected override void Write(HtmlRenderer renderer, Table obj)
    {
        var rows = obj.OfType<TableRow>().ToList();
        var names = rows.Where(row => row.IsHeader)
            .SelectMany(row => row.OfType<TableCell>().Select(PlainText.Of))
            .ToList();
        renderer.EnsureLine();
        renderer.Write("<table class=\"table folds\">");
        foreach (var row in rows)
        {
            if (row.IsHeader)
            {
                WriteHead(renderer, row);
            }
            else
            {
                WriteRow(renderer, row, names);
            }
        }

        renderer.WriteLine("</tbody></table>");
    }

    private static void WriteHead(HtmlRenderer renderer, TableRow row)
    {
        renderer.Write("<thead><tr>");
        foreach (var cell in row.OfType<TableCell>())
        {
            // A column without a name has none to announce.
            var element = PlainText.Of(cell).Length > 0 ? "th scope=\"col\"" : "td";
            renderer.Write('<').Write(element).Write('>');
            WriteWords(renderer, cell);
            renderer.Write("</").Write(element[..2]).Write('>');
        }

        renderer.WriteLine("</tr></thead><tbody>");
    }

    private static void WriteRow(HtmlRenderer renderer, TableRow row, List<string> names)
    {
        renderer.Write("<tr>");
        foreach (var (at, cell) in row.OfType<TableCell>().Index())
        {
            if (at == 0 && PlainText.Of(cell).Length > 0)
            {
                renderer.Write("<th scope=\"row\">");
                WriteWords(renderer, cell);
                renderer.Write("</th>");
                continue;
            }

            if (PlainText.Of(cell).Length == 0)
            {
                renderer.Write("<td></td>");
                continue;
            }

            var name = at < names.Count ? names[at] : "";
            renderer.Write("<td");
            if (name.Length > 0)
            {
                renderer.Write(" data-label=\"").WriteEscape(name).Write("\"");
            }

            renderer.Write("><div>");
            WriteWords(renderer, cell);
            renderer.Write("</div></td>");
        }

        renderer.WriteLine("</tr>");
    }

    private static void WriteWords(HtmlRenderer renderer, TableCell cell)
    {
        foreach (var paragraph in cell.OfType<ParagraphBlock>())
        {
            renderer.WriteLeafInline(paragraph);
        }
    }
}
