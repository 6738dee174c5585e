using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Arda.Gateway.Pages.Docs.Rendering;

/// <summary>
/// A block of code that says its language and wraps, so that nobody has to scroll sideways. The
/// gateway's public name in it becomes the address of this gateway, so that
/// what is copied runs here.
/// </summary>
internal sealed class CodeRenderer(string publicUrl) : HtmlObjectRenderer<CodeBlock>
{
    // The public gateway, and one on the reader's own machine.
    private static readonly string[] s_gateways =
    [
        "https://gateway.ardabot.ai",
        "http://localhost:8787",
    ];

    protected override void Write(HtmlRenderer renderer, CodeBlock obj)
    {
        var language = (obj as FencedCodeBlock)?.Info ?? "";
        var code = s_gateways.Aggregate(
            obj.Lines.ToString(),
            (text, gateway) => text.Replace(gateway, publicUrl, StringComparison.Ordinal)
        );
        renderer.EnsureLine();
        renderer
            .Write("<figure class=\"code\"><figcaption>")
            .WriteEscape(NameOf(language))
            .Write("</figcaption><pre><code>");
        foreach (var (text, kind) in CodeColours.Of(language, code))
        {
            if (kind is null)
            {
                renderer.WriteEscape(text);
            }
            else
            {
                renderer.Write("<span class=\"").Write(kind).Write("\">");
                renderer.WriteEscape(text);
                renderer.Write("</span>");
            }
        }

        renderer.WriteLine("</code></pre></figure>");
    }

    private static string NameOf(string language) =>
        language switch
        {
            "ts" => "TypeScript",
            "csharp" => "C#",
            "sh" or "bash" => "Shell",
            "json" => "JSON",
            "python" => "Python",
            "http" => "HTTP",
            "html" => "HTML",
            _ => "Text",
        };
}
