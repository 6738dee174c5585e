using System.Net;
using System.Text.RegularExpressions;
using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Tests.Sdk;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>The documentation as a reader without an account finds it.</summary>
public sealed partial class DocsPagesTests(SdkWorld sdk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static IReadOnlyList<DocsEntry> Entries { get; } = DocsContents.Read().Entries;

    [Fact]
    public void Every_page_of_the_repository_is_in_the_list_once()
    {
        var written = new[] { "guides", "site" }
            .SelectMany(folder =>
                Checkout.Files(Path.Combine(Checkout.Root, "docs", folder), "*.md")
            )
            .Select(file => string.Join('/', Checkout.Segments(file)))
            .Where(file => file != DocsContents.Source)
            .Concat(["sdk/typescript/README.md", "sdk/dotnet/README.md"]);
        Assert.Equal(
            written.Order(StringComparer.Ordinal),
            Entries.Select(entry => entry.Source).Order(StringComparer.Ordinal)
        );
        Assert.Equal(Entries.Count, Entries.DistinctBy(entry => entry.Slug).Count());
    }

    [Fact]
    public async Task Every_page_opens_without_an_account_a_script_or_a_cookie()
    {
        using var reader = await ReaderAsync();
        foreach (var entry in Entries)
        {
            using var answer = await reader.GetAsync(entry.Path, Ct);
            var html = await answer.Content.ReadAsStringAsync(Ct);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, entry.Path);
            Assert.False(answer.Headers.Contains("Set-Cookie"), entry.Path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'; style-src 'self'", policy);
            Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(" style=", html, StringComparison.OrdinalIgnoreCase);
            Assert.Single(Heading().Matches(html));
            Assert.Contains("aria-current=\"page\"", html, StringComparison.Ordinal);
            Assert.Contains("max-age=300", $"{answer.Headers.CacheControl}");
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task A_page_is_dressed_under_every_name_it_is_shown_under(string host)
    {
        using var reader = await ReaderAsync();
        reader.DefaultRequestHeaders.Host = $"{host}:{reader.BaseAddress!.Port}";
        var html = await reader.GetStringAsync(new Uri("/docs", UriKind.Relative), Ct);
        var dresses = Asset().Matches(html);
        Assert.NotEmpty(dresses);
        foreach (Match dress in dresses)
        {
            using var answer = await reader.GetAsync(dress.Groups[1].Value, Ct);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, dress.Groups[1].Value);
        }
    }

    [Fact]
    public async Task Every_link_leads_to_a_page_and_to_a_place_on_it()
    {
        using var reader = await ReaderAsync();
        var pages = new Dictionary<string, string>(StringComparer.Ordinal);
        var waiting = new Queue<string>(["/docs"]);
        List<string> broken = [];
        List<(string From, string To)> places = [];
        while (waiting.TryDequeue(out var path))
        {
            if (pages.ContainsKey(path))
            {
                continue;
            }

            using var answer = await reader.GetAsync(path, Ct);
            pages[path] = await answer.Content.ReadAsStringAsync(Ct);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                broken.Add(path);
            }

            foreach (Match link in DocsLink().Matches(pages[path]))
            {
                var (to, place) = (link.Groups[1].Value, link.Groups[2].Value);
                waiting.Enqueue(to.Length == 0 ? path : to);
                places.Add((path, (to.Length == 0 ? path : to) + place));
            }
        }

        broken.AddRange(
            places
                .Where(link => link.To.Contains('#', StringComparison.Ordinal))
                .Where(link => !HasPlace(pages, link.To))
                .Select(link => $"{link.From} → {link.To}")
        );
        Assert.Empty(broken.Distinct(StringComparer.Ordinal));
        // Every page can be reached, those of the error codes too.
        Assert.True(pages.Count > Entries.Count + 30, $"{pages.Count} pages");
    }

    [Fact]
    public async Task One_page_leads_to_the_next_through_all_of_them()
    {
        using var reader = await ReaderAsync();
        List<string> walked = ["/docs"];
        while (Next().Match(await reader.GetStringAsync(walked[^1], Ct)) is { Success: true } next)
        {
            walked.Add(next.Groups[1].Value);
        }

        Assert.Equal(Entries.Select(entry => entry.Path), walked);
    }

    [Theory]
    [InlineData("insufficient_balance", "/docs/errors/insufficient_balance")]
    [InlineData("X-Arda-Selected-Model", "/docs/clients#headers-of-every-inference-answer")]
    [InlineData("createPortalSessionForRecovery", "/docs/recovery")]
    [InlineData("trusted proxies", "/docs/operations#behind-a-proxy")]
    [InlineData("pkce web", "/docs/web-app")]
    public async Task The_search_finds(string query, string path)
    {
        using var reader = await ReaderAsync();
        var html = await reader.GetStringAsync("/docs/search?q=" + Uri.EscapeDataString(query), Ct);
        Assert.Contains($"href=\"{path}", html, StringComparison.Ordinal);
        Assert.Contains("<mark>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_for_nothing_or_for_markup_is_answered_calmly()
    {
        using var reader = await ReaderAsync();
        Assert.Contains("Type what you look for", await SearchAsync(""));
        Assert.Contains("Nothing was found", await SearchAsync("zzzqqq"));
        var evil = await SearchAsync("\"><script>x</script>" + new string('a', 2_000));
        Assert.DoesNotContain("<script>x", evil, StringComparison.Ordinal);

        Task<string> SearchAsync(string query) =>
            reader.GetStringAsync("/docs/search?q=" + Uri.EscapeDataString(query), Ct);
    }

    [Fact]
    public async Task What_is_copied_from_a_page_goes_to_this_gateway()
    {
        using var reader = await ReaderAsync();
        var html = WebUtility.HtmlDecode(await reader.GetStringAsync("/docs/start", Ct));
        Assert.Contains($"curl</span> {reader.BaseAddress}v1/chat/completions", html);
    }

    [Fact]
    public async Task An_unknown_page_is_404_for_people()
    {
        using var reader = await ReaderAsync();
        foreach (var path in new[] { "/docs/no-such-page", "/docs/errors/%3Cscript%3E" })
        {
            using var answer = await reader.GetAsync(path, Ct);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            var html = await answer.Content.ReadAsStringAsync(Ct);
            Assert.Contains(
                "There is no such page|No such error code".Split('|')[
                    path.Contains("errors") ? 1 : 0
                ],
                html
            );
            Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        }
    }

    private static bool HasPlace(Dictionary<string, string> pages, string link)
    {
        var parts = link.Split('#');
        return pages[parts[0]].Contains($"id=\"{parts[1]}\"", StringComparison.Ordinal);
    }

    private async Task<HttpClient> ReaderAsync()
    {
        await sdk.StartAsync();
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        return new HttpClient(handler) { BaseAddress = await sdk.AddressAsync() };
    }

    [GeneratedRegex("<h1[ >]", RegexOptions.None, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("href=\"((?:/docs[^\"#?]*)?)(#[^\"]*)?\"", RegexOptions.None, 1000)]
    private static partial Regex DocsLink();

    [GeneratedRegex("href=\"(/assets/[^\"]+)\"", RegexOptions.None, 1_000)]
    private static partial Regex Asset();

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Next();
}
