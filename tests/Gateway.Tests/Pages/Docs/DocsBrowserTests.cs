using System.Text.Json;
using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.Sdk;
using Microsoft.Playwright;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>Every page of the documentation in a browser, narrow and wide, light and dark.</summary>
public sealed class DocsBrowserTests(Chromium chromium, SdkWorld sdk)
{
    private static readonly string s_axe = Path.Combine(
        Scenes.Folder,
        "node_modules",
        "axe-core",
        "axe.min.js"
    );

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // One page stands for those of all codes; they are made alike.
    private static IReadOnlyList<string> Paths { get; } =
    [
        .. DocsContents.Read().Entries.Select(entry => entry.Path),
        "/docs/errors/insufficient_balance",
        "/docs/search?q=portal",
        "/docs/search?q=zzzqqq",
        "/docs/none",
    ];

    [Theory]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 1280)]
    public async Task Axe_finds_nothing_and_nothing_scrolls_sideways(ColorScheme scheme, int width)
    {
        Assert.SkipUnless(
            File.Exists(s_axe),
            "axe-core is not installed (npm ci in tests/clients)."
        );
        await sdk.StartAsync();
        await using var context = await chromium.NewContextAsync(Options(scheme, width));
        var page = await context.NewPageAsync();
        var axe = await File.ReadAllTextAsync(s_axe, Ct);
        List<string> found = [];
        foreach (var path in Paths)
        {
            await OpenAsync(page, path);
            if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") > width)
            {
                found.Add($"{path} scrolls sideways");
            }

            await page.EvaluateAsync(axe);
            var result = await page.EvaluateAsync<JsonElement>(
                "() => axe.run({ resultTypes: ['violations'] })"
            );
            found.AddRange(
                result
                    .GetProperty("violations")
                    .EnumerateArray()
                    .SelectMany(rule =>
                        rule.GetProperty("nodes")
                            .EnumerateArray()
                            .Take(3)
                            .Select(node =>
                                $"{path}: {rule.GetProperty("id")}: {node.GetProperty("html")}"
                            )
                    )
            );
        }

        Assert.Empty(found);
    }

    // Code that has to be scrolled line by line cannot be read on a phone.
    [Fact]
    public async Task No_code_is_wider_than_a_phone_and_no_table_than_a_tablet()
    {
        await sdk.StartAsync();
        await using var context = await chromium.NewContextAsync(Options(ColorScheme.Light, 360));
        var page = await context.NewPageAsync();
        List<string> wide = [];
        foreach (var path in Paths)
        {
            await OpenAsync(page, path);
            var count = await page.EvaluateAsync<int>(
                "() => [...document.querySelectorAll('pre')].filter(one => one.scrollWidth > one.clientWidth).length"
            );
            if (count > 0)
            {
                wide.Add($"{path}: {count}");
            }

            await page.SetViewportSizeAsync(768, 800);
            if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") > 768)
            {
                wide.Add($"{path} scrolls sideways");
            }

            await page.SetViewportSizeAsync(360, 800);
        }

        Assert.Empty(wide);
    }

    [Fact]
    public async Task A_reader_finds_a_page_by_search_and_turns_to_the_next_without_script()
    {
        await sdk.StartAsync();
        var options = Options(ColorScheme.Light, 1280);
        options.JavaScriptEnabled = false;
        await using var context = await chromium.NewContextAsync(options);
        var page = await context.NewPageAsync();
        await OpenAsync(page, "/docs");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("device code");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await page.GetByRole(AriaRole.Main)
            .GetByRole(AriaRole.Link, new() { Name = "A device code" })
            .First.ClickAsync();
        Assert.EndsWith("/docs/devices#a-device-code", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
        Assert.EndsWith("/docs/servers", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "On this page" })
            .GetByRole(AriaRole.Link, new() { Name = "Pay once" })
            .ClickAsync();
        Assert.EndsWith("#pay-once", page.Url, StringComparison.Ordinal);
    }

    // For the eyes of whoever changes a page: ARDA_SHOTS names a folder outside of the checkout.
    [Theory]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    [InlineData(ColorScheme.Light, 768)]
    [InlineData(ColorScheme.Dark, 768)]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    public async Task Pictures_are_taken_where_somebody_wants_to_look(ColorScheme scheme, int width)
    {
        var folder = Environment.GetEnvironmentVariable("ARDA_SHOTS");
        Assert.SkipWhen(folder is null, "Nobody wants pictures: ARDA_SHOTS is not set.");
        await sdk.StartAsync();
        await using var context = await chromium.NewContextAsync(Options(scheme, width));
        var page = await context.NewPageAsync();
        foreach (var path in Paths)
        {
            await OpenAsync(page, path);
            var name = path.Trim('/').Replace('/', '-').Replace("?q=", "-");
            await page.ScreenshotAsync(
                new PageScreenshotOptions
                {
                    Path = Path.Combine(folder!, $"{name}-{width}-{scheme}.png".ToLowerInvariant()),
                    FullPage = true,
                }
            );
        }
    }

    private async Task OpenAsync(IPage page, string path) =>
        await page.GotoAsync(new Uri(await sdk.AddressAsync(), path).ToString());

    private static BrowserNewContextOptions Options(ColorScheme scheme, int width) =>
        new()
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            // axe runs as a script of the test, which the pages' own policy would refuse.
            BypassCSP = true,
            ReducedMotion = ReducedMotion.Reduce,
        };
}
