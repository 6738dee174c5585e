using System.Text.Json;
using Arda.Gateway.Tests.Clients;
using Microsoft.Playwright;

namespace Arda.Gateway.Tests.Pages;

/// <summary>axe-core, unmodified, inside every page in every state.</summary>
public sealed class AccessibilityTests(Chromium chromium)
{
    private static readonly string s_axe = Path.Combine(
        Scenes.Folder,
        "node_modules",
        "axe-core",
        "axe.min.js"
    );

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 768)]
    [InlineData(ColorScheme.Dark, 768)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Axe_finds_nothing_on_any_page(ColorScheme scheme, int width)
    {
        Assert.SkipUnless(
            File.Exists(s_axe),
            "axe-core is not installed (npm ci in tests/clients)."
        );
        await using var gallery = await Gallery.OpenAsync(Exhibits.All);
        await using var context = await chromium.NewContextAsync(Options(scheme, width));
        var page = await context.NewPageAsync();
        var axe = await File.ReadAllTextAsync(s_axe, Ct);
        List<string> found = [];
        foreach (var exhibit in Exhibits.All)
        {
            await page.GotoAsync(new Uri(gallery.Address, exhibit.Name).ToString());
            await page.EvaluateAsync(axe);
            var result = await page.EvaluateAsync<JsonElement>("() => axe.run()");
            found.AddRange(
                result
                    .GetProperty("violations")
                    .EnumerateArray()
                    .SelectMany(rule => Describe(exhibit.Name, rule))
            );
        }

        Assert.Empty(found);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(360)]
    [InlineData(768)]
    [InlineData(1280)]
    public async Task No_page_scrolls_sideways(int width)
    {
        await using var gallery = await Gallery.OpenAsync(Exhibits.All);
        await using var context = await chromium.NewContextAsync(Options(ColorScheme.Light, width));
        var page = await context.NewPageAsync();
        List<string> wide = [];
        foreach (var exhibit in Exhibits.All)
        {
            await page.GotoAsync(new Uri(gallery.Address, exhibit.Name).ToString());
            if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") > width)
            {
                wide.Add(exhibit.Name);
            }
        }

        Assert.Empty(wide);
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
        await using var gallery = await Gallery.OpenAsync(Exhibits.All);
        await using var context = await chromium.NewContextAsync(Options(scheme, width));
        var page = await context.NewPageAsync();
        foreach (var exhibit in Exhibits.All)
        {
            await page.GotoAsync(new Uri(gallery.Address, exhibit.Name).ToString());
            var name = $"{exhibit.Name}-{width}-{scheme}.png".ToLowerInvariant();
            await File.WriteAllTextAsync(
                Path.Combine(folder!, exhibit.Name + ".html"),
                await page.ContentAsync(),
                Ct
            );
            await page.ScreenshotAsync(
                new PageScreenshotOptions { Path = Path.Combine(folder!, name), FullPage = true }
            );
        }
    }

    private static BrowserNewContextOptions Options(ColorScheme scheme, int width) =>
        new()
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            // axe runs as a script of the test, which the pages' own policy would refuse.
            BypassCSP = true,
            ReducedMotion = ReducedMotion.Reduce,
        };

    private static IEnumerable<string> Describe(string page, JsonElement rule) =>
        rule.GetProperty("nodes")
            .EnumerateArray()
            .Select(node =>
                $"{page}: {rule.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()}"
                + $" {node.GetProperty("failureSummary").GetString()}"
            );
}
