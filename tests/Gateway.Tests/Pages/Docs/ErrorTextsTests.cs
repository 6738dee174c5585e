using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Docs;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Http;
using Arda.Gateway.Tests.Sdk;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>The page behind every docs_url.</summary>
public sealed partial class ErrorTextsTests(SdkWorld sdk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_denial_leads_to_a_page_that_names_it_and_the_way_out()
    {
        var world = await sdk.StartAsync();
        using var reader = new HttpClient { BaseAddress = await sdk.AddressAsync() };
        foreach (var denial in DenialSamples.All)
        {
            var refusal = world
                .Get<DenialTable>()
                .Refuse(denial, WireFormat.OpenAiChat, true, "req_1");
            using var response = await reader.GetAsync(refusal.Facts.DocsUrl, Ct);
            var html = await response.Content.ReadAsStringAsync(Ct);
            var text = WebUtility.HtmlDecode(Tag().Replace(html, ""));

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains($"<h1>{refusal.Page}</h1>", html, StringComparison.Ordinal);
            Assert.Contains("The way out</h2>", html, StringComparison.Ordinal);
            Assert.Contains("<ol>", html, StringComparison.Ordinal);
            Assert.Contains(
                $"\"docs_url\": \"{refusal.Facts.DocsUrl}\"",
                text,
                StringComparison.Ordinal
            );
            Assert.Contains("\"type\": \"error\"", text, StringComparison.Ordinal);
            var action = refusal.Facts.Gateway?.Action ?? "none";
            Assert.Contains($"answers {action}", text, StringComparison.Ordinal);
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
    public async Task The_list_of_codes_leads_to_every_page()
    {
        var world = await sdk.StartAsync();
        using var reader = new HttpClient { BaseAddress = await sdk.AddressAsync() };
        var index = await reader.GetStringAsync("/docs/errors", Ct);
        foreach (var article in ErrorArticles.All)
        {
            var page = world
                .Get<DenialTable>()
                .Refuse(article.Sample, WireFormat.OpenAiChat, true, null)
                .Page;
            Assert.Contains($"href=\"/docs/errors/{page}\"", index, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("<[^>]+>", RegexOptions.None, 1000)]
    private static partial Regex Tag();
}
