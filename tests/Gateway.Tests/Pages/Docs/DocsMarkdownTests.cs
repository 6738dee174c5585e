using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Pages.Docs.Rendering;

namespace Arda.Gateway.Tests.Pages.Docs;

public sealed class DocsMarkdownTests
{
    private static DocsArticle Render(string text) =>
        new DocsMarkdown(
            new DocsLinks(DocsContents.Read(), ["insufficient_balance"]),
            "http://localhost:8787"
        ).Render("start", "docs/site/start.md", text);

    [Fact]
    public void Text_cannot_become_markup()
    {
        var article = Render(
            """
            # A <b>title</b>

            <script>alert('x')</script>

            Words <img src=x onerror=y> and `</code>`.

            ```ts
            const x = '</code><script>'; // </pre>
            ```

            | a"b | c |
            |---|---|
            | <i>d</i> | e |
            """
        );
        Assert.DoesNotContain("<script", article.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", article.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", article.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;/code&gt;", article.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", article.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_between_files_become_links_between_pages()
    {
        var html = Render(
            """
            # T

            [one](recovery.md#let-the-call-wait), [two](../guides/operations.md),
            [examples](../../examples/typescript), `insufficient_balance`.
            """
        ).Html;
        Assert.Contains("href=\"/docs/recovery#let-the-call-wait\"", html);
        Assert.Contains("href=\"/docs/operations\"", html);
        Assert.Contains("examples (<code>examples/typescript</code> in the repository)", html);
        Assert.Contains("<a href=\"/docs/errors/insufficient_balance\"><code>", html);
    }

    [Fact]
    public void Code_goes_to_this_gateway_and_words_stay_as_they_are()
    {
        var html = Render(
            """
            # T

            The SDK goes to `https://gateway.ardabot.ai`.

            ```sh
            curl https://gateway.ardabot.ai/v1/models
            ```
            """
        ).Html;
        Assert.Contains("<code>https://gateway.ardabot.ai</code>", html);
        Assert.Contains("http://localhost:8787/v1/models", html);
    }

    [Fact]
    public void Cells_know_their_columns()
    {
        var html = Render("# T\n\n| code | status |\n|---|---|\n| `a` | 402 |\n").Html;
        Assert.Contains("<th scope=\"col\">code</th>", html);
        Assert.Contains("<th scope=\"row\"><code>a</code></th>", html);
        Assert.Contains("<td data-label=\"status\"><div>402</div></td>", html);
    }
}
