using System.Text;
using System.Text.Encodings.Web;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Small pages of the simulated provider. Every text is escaped on its way in.</summary>
internal sealed class SimulatedHtml
{
    private readonly StringBuilder _html = new();

    public SimulatedHtml(string title)
    {
        _html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        _html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        _html.Append("<title>").Append(Escaped(title)).Append("</title>\n");
        _html.Append("<link rel=\"stylesheet\" href=\"").Append(SimulatedServer.Root);
        _html.Append("/pages.css\">\n</head>\n<body>\n<main>\n");
        _html.Append("<p class=\"note\">Simulated payments: no real money moves here.</p>\n");
        Text("h1", title);
    }

    public SimulatedHtml Text(string element, string text, string? role = null)
    {
        _html.Append('<').Append(element);
        if (role is not null)
        {
            _html.Append(" role=\"").Append(role).Append('"');
        }

        _html.Append('>').Append(Escaped(text)).Append("</").Append(element).Append(">\n");
        return this;
    }

    public SimulatedHtml OpenForm(string action)
    {
        _html.Append("<form method=\"post\" action=\"").Append(Escaped(action)).Append("\">\n");
        return this;
    }

    public SimulatedHtml CloseForm()
    {
        _html.Append("</form>\n");
        return this;
    }

    public SimulatedHtml Hidden(string name, string value)
    {
        _html.Append("<input type=\"hidden\" name=\"").Append(Escaped(name));
        _html.Append("\" value=\"").Append(Escaped(value)).Append("\">\n");
        return this;
    }

    public SimulatedHtml Input(string name, string label, string value, string autocomplete)
    {
        _html.Append("<label for=\"").Append(name).Append("\">").Append(Escaped(label));
        _html.Append("</label>\n<input id=\"").Append(name).Append("\" name=\"").Append(name);
        _html.Append("\" value=\"").Append(Escaped(value)).Append("\" autocomplete=\"");
        _html.Append(autocomplete).Append("\" required>\n");
        return this;
    }

    public SimulatedHtml Button(string text, string name, string value, bool isQuiet = false)
    {
        _html.Append("<button name=\"").Append(name).Append("\" value=\"").Append(value);
        _html.Append(isQuiet ? "\" class=\"quiet\">" : "\">");
        _html.Append(Escaped(text)).Append("</button>\n");
        return this;
    }

    /// <summary>The test cards, folded away.</summary>
    public SimulatedHtml Cards()
    {
        _html.Append("<details>\n<summary>Test cards</summary>\n<table>\n<thead><tr>");
        _html.Append("<th scope=\"col\">Number</th><th scope=\"col\">What happens</th>");
        _html.Append("</tr></thead>\n<tbody>\n");
        foreach (var card in SimulatedCards.All)
        {
            _html.Append("<tr><td><code>").Append(card.Number).Append("</code></td><td>");
            _html.Append(Escaped(card.Words)).Append("</td></tr>\n");
        }

        _html.Append("</tbody>\n</table>\n</details>\n");
        return this;
    }

    public override string ToString() => _html + "</main>\n</body>\n</html>\n";

    private static string Escaped(string text) => HtmlEncoder.Default.Encode(text);
}
