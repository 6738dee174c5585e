using Arda.Gateway.Tests.Pages;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Arda.Gateway.Tests.Pages;

/// <summary>Debian's Chromium, started once when the first test asks for it.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string Binary = "/usr/bin/chromium";

    private readonly Lazy<Task<IBrowser>> _browser = new(LaunchAsync);

    /// <summary>A browser of a person's own: no cookie of another test.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(File.Exists(Binary), $"Chromium is not installed (no {Binary}).");
        var browser = await _browser.Value;
        return await browser.NewContextAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated)
        {
            await (await _browser.Value).DisposeAsync();
        }
    }

    private static async Task<IBrowser> LaunchAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Binary,
                Args =
                [
                    "--no-sandbox",
                    "--disable-dev-shm-usage",
                    // The servers of apps that tests play have names of their own.
                    "--host-resolver-rules=MAP *.example 127.0.0.1",
                ],
            }
        );
    }
}
