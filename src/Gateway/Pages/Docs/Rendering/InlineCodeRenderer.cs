using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax.Inlines;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>Code within a sentence or a cell. A long name may break where its words end, and nowhere
/// else.</summary>
internal sealed class InlineCodeRenderer : HtmlObjectRenderer<CodeInline>
{
    private const int UnbrokenLettersMax = 30;

    protected override void Write(HtmlRenderer renderer, CodeInline obj)
    {
        renderer.Write("<code>");
        if (obj.Content.Length <= UnbrokenLettersMax)
        {
            renderer.WriteEscape(obj.Content);
        }
        else
        {
            foreach (var letter in obj.Content)
            {
                renderer.WriteEscape(letter.ToString());
                if (letter is '.' or '_' or '/' or ':')
                {
                    renderer.Write("<wbr>");
                }
            }
        }

        renderer.Write("</code>");
    }
}
