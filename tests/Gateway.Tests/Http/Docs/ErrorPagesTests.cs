using System.Net;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Docs;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Http.Docs;

public sealed class ErrorPagesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(app => app.MapErrorDocs());

    [Fact]
    public async Task Every_denial_leads_to_a_page_that_names_it_and_the_way_out()
    {
        await using var host = await StartAsync();
        var table = host.App.Services.GetRequiredService<DenialTable>();
        foreach (var denial in DenialSamples.All)
        {
            var refusal = table.Refuse(denial, WireFormat.OpenAiChat, true, "req_1");
            var path = new Uri(refusal.Facts.DocsUrl).AbsolutePath;
            using var response = await host.Client.GetAsync(path, Ct);
            var page = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Ct));

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains($"<h1>{refusal.Page}</h1>", page, StringComparison.Ordinal);
            Assert.Contains("The way out</h2>", page, StringComparison.Ordinal);
            Assert.Contains("<li>", page, StringComparison.Ordinal);
            Assert.Contains(
                $"\"docs_url\": \"{refusal.Facts.DocsUrl}\"",
                page,
                StringComparison.Ordinal
            );
            Assert.Contains("\"type\": \"error\"", page, StringComparison.Ordinal);
            var action = refusal.Facts.Gateway?.Action ?? "none";
            Assert.Contains($"answers '{action}'", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_kind_of_denial_has_one_article_with_whole_sentences()
    {
        var kinds = typeof(Denial)
            .GetNestedTypes()
            .Select(t => t.Name)
            .Order(StringComparer.Ordinal);
        var articles = ErrorArticles.All.ToList();
        Assert.Equal(
            kinds,
            articles.Select(a => a.Sample.GetType().Name).Order(StringComparer.Ordinal)
        );
        Assert.All(
            articles.SelectMany(a => a.WayOut.Append(a.WhatHappened)),
            text =>
            {
                Assert.True(char.IsUpper(text[0]), text);
                Assert.EndsWith(".", text, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task The_index_leads_to_every_page()
    {
        await using var host = await StartAsync();
        var index = await host.Client.GetStringAsync("/docs/errors", Ct);
        foreach (var article in ErrorArticles.All)
        {
            var table = host.App.Services.GetRequiredService<DenialTable>();
            var page = table.Refuse(article.Sample, WireFormat.OpenAiChat, true, null).Page;
            Assert.Contains($"href=\"/docs/errors/{page}\"", index, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_needs_no_script_and_loads_its_style_under_its_own_policy()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.GetAsync("/docs/errors/insufficient_balance", Ct);
        var page = await response.Content.ReadAsStringAsync(Ct);

        var policy = response.Header("Content-Security-Policy");
        Assert.Contains("default-src 'none'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);

        var href = page.Split("rel=\"stylesheet\" href=\"")[1].Split('"')[0];
        using var style = await host.Client.GetAsync(WebUtility.HtmlDecode(href), Ct);
        Assert.Equal("text/css; charset=utf-8", style.Header("Content-Type"));
        Assert.Contains("immutable", style.Header("Cache-Control"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_code_is_404_for_people()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.GetAsync("/docs/errors/%3Cscript%3E", Ct);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", response.Header("Content-Type"));
        Assert.DoesNotContain(
            "<script",
            await response.Content.ReadAsStringAsync(Ct),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Text_cannot_become_markup()
    {
        var page = new HtmlPage("a<b", "/s.css")
            .Text("p", "<script>alert('x')</script>")
            .Link("/x\" onclick=\"y", "&")
            .Code("l\"", "</code>")
            .ToString();
        Assert.Contains("<title>a&lt;b</title>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("onclick=\"", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/code&gt;", page, StringComparison.Ordinal);
    }
}
