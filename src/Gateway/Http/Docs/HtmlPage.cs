using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Arda.Gateway.Http.Docs;

/// <summary>
/// Writes a small HTML page piece by piece. Every text is escaped on its way in, so markup can
/// only come from this class.
/// </summary>
internal sealed class HtmlPage
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new(4 << 10);

    public HtmlPage(string title, string stylesheet)
    {
        _html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        _html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        _html.Append("<meta name=\"color-scheme\" content=\"light dark\">\n");
        _html.Append("<title>").Append(Escaped(title)).Append("</title>\n");
        _html.Append("<link rel=\"stylesheet\" href=\"").Append(Escaped(stylesheet));
        _html.Append("\">\n</head>\n<body>\n");
        _html.Append("<a class=\"skip\" href=\"#content\">Skip to content</a>\n");
    }

    public HtmlPage Open(string element, string? cssClass = null, string? id = null)
    {
        _html.Append('<').Append(element);
        Attribute("class", cssClass);
        Attribute("id", id);
        _html.Append(">\n");
        return this;
    }

    public HtmlPage Close(string element)
    {
        _html.Append("</").Append(element).Append(">\n");
        return this;
    }

    public HtmlPage Text(string element, string text, string? cssClass = null)
    {
        _html.Append('<').Append(element);
        Attribute("class", cssClass);
        _html.Append('>').Append(Escaped(text));
        return Close(element);
    }

    public HtmlPage Link(string href, string text, string? cssClass = null)
    {
        _html.Append("<a");
        Attribute("href", href);
        Attribute("class", cssClass);
        _html.Append('>').Append(Escaped(text)).Append("</a>\n");
        return this;
    }

    /// <summary>A code block that the keyboard can scroll.</summary>
    public HtmlPage Code(string label, string code)
    {
        _html.Append("<pre tabindex=\"0\" role=\"region\"");
        Attribute("aria-label", label);
        _html.Append("><code>").Append(Escaped(code)).Append("</code></pre>\n");
        return this;
    }

    public override string ToString() => _html + "</body>\n</html>\n";

    private void Attribute(string name, string? value)
    {
        if (value is not null)
        {
            _html.Append(' ').Append(name).Append("=\"").Append(Escaped(value)).Append('"');
        }
    }

    private static string Escaped(string text) => s_encoder.Encode(text);
}
