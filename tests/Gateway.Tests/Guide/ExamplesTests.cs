using System.Net;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide;

/// <summary>The TypeScript examples, as they are, against a gateway with its demo.</summary>
public sealed class ExamplesTests(ExamplesWorld world)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_command_line_connects_by_device_and_streams()
    {
        await ReadyAsync();
        var person = await world.PersonAsync(cents: 1_000);
        using var example = Start("cli.ts");
        await AllowAsync(example, person);
        await example.EndAsync();
        Assert.Contains("Connected: ", example.Said, StringComparison.Ordinal);
        Assert.Contains(" for $0.", example.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_waits_for_its_user_to_pay_and_goes_on()
    {
        await ReadyAsync();
        var person = await world.PersonAsync(cents: 0);
        using var example = Start("cli.ts");
        await AllowAsync(example, person);
        var line = await example.LineWithAsync("Top up at ");
        Assert.True(line is not null, example.Said);
        await world.PayAsync(line[line.IndexOf("http", StringComparison.Ordinal)..], person);
        await example.EndAsync();
        Assert.Contains(" for $0.", example.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reseller_shows_its_markup_and_prices_before_it_asks()
    {
        await ReadyAsync();
        var person = await world.PersonAsync(cents: 1_000);
        using var example = Start("reseller.ts");
        Assert.NotNull(await example.LineWithAsync("Demo app - "));
        await AllowAsync(example, person);
        await example.EndAsync();
        Assert.Contains("per million", example.Said, StringComparison.Ordinal);
        Assert.Contains("This will cost about $", example.Said, StringComparison.Ordinal);
        Assert.Contains(" is ours.", example.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_asks_in_the_name_of_who_connected()
    {
        await ReadyAsync();
        var person = await world.PersonAsync(cents: 1_000);
        var port = ExamplesWorld.FreePort();
        using var example = ExampleProcess.Start("server.ts", world, port, Ct);
        Assert.NotNull(await example.LineWithAsync("Open http"));
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler)
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        };
        var connect = await browser.GetAsync("/connect", Ct);
        var back = await world.ConsentAsync(connect.Headers.Location!.ToString(), person);
        var callback = await browser.GetAsync(back, Ct);
        Assert.Equal(HttpStatusCode.SeeOther, callback.StatusCode);
        var answer = await browser.GetStringAsync("/ask?q=Hello", Ct);
        Assert.NotEqual("", answer.Trim());
        // A callback of nobody's session connects nobody.
        using var stranger = new HttpClient { BaseAddress = browser.BaseAddress };
        var page = await stranger.GetStringAsync(back, Ct);
        Assert.Contains("Connect with Arda", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_connects_in_a_browser_and_streams()
    {
        await ReadyAsync();
        var chromium = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";
        Assert.SkipUnless(File.Exists(chromium), $"There is no {chromium}.");
        var port = ExamplesWorld.FreePort();
        using var example = ExampleProcess.Start("web.ts", world, port, Ct);
        Assert.NotNull(await example.LineWithAsync("Open http"));
        var run = await GuideRun.RunAsync(
            NodeRun.Binary!,
            ["example-page.mjs"],
            Scenes.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["CHROMIUM"] = chromium,
                ["PAGE"] = $"http://localhost:{port}",
                ["GUIDE_PEOPLE"] = world.People,
            }
        );
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Contains("$0.", run.Output, StringComparison.Ordinal);
    }

    private ExampleProcess Start(string file) => ExampleProcess.Start(file, world, port: 0, Ct);

    private async Task AllowAsync(ExampleProcess example, OAuth.Signed person)
    {
        var line = await example.LineWithAsync("and enter ");
        Assert.True(line is not null, example.Said);
        await world.AllowAsync(line[^9..], person);
    }

    private async Task ReadyAsync()
    {
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        Assert.SkipUnless(
            File.Exists(
                Path.Combine(Checkout.Root, "node_modules", "@arda", "gateway-sdk", "dist", "esm")
                    + "/index.js"
            ),
            "The TypeScript SDK is not built: npm ci and npm test in sdk/typescript"
        );
        await world.ReadyAsync();
    }
}
