using System.Text.Json;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide;

/// <summary>
/// Every block of the integration guide is executed as it stands, but for ids and keys, against a
/// running gateway that answers as https://gateway.ardabot.ai.
/// </summary>
public sealed partial class GuideRunsTests(GuideWorld world)
{
    private const string Report = "\nglobalThis.guide.result = ";

    [Fact]
    public async Task An_embedded_app_connects_checks_asks_and_streams()
    {
        var guide = await GuideAsync();
        var (person, _) = await world.PersonAsync(cents: 2_500);

        var run = await GuideRun.ModuleAsync(world, Filled(guide.EmbeddedApp), person);

        Assert.True(run.ExitCode == 0, run.Error);
        var report = run.Report!.Value;
        // Nobody has saved a card, which this app requires: it opens the portal, and goes on.
        var opened = Assert.Single(report.GetProperty("opened").EnumerateArray()).GetString();
        Assert.StartsWith("https://gateway.ardabot.ai/billing/open/", opened);
        var went = Assert.Single(report.GetProperty("went").EnumerateArray()).GetString();
        Assert.StartsWith("https://gateway.ardabot.ai/oauth/authorize?", went);
        Assert.NotEqual("", report.GetProperty("transcript").GetString());
        Assert.Contains("arda/auto", run.Output, StringComparison.Ordinal);
        IsPrinted(report, "Demo");
        Assert.Empty(world.Tunnel.Refused);
    }

    [Fact]
    public async Task An_empty_balance_is_brought_to_the_portal_by_the_same_code()
    {
        var guide = await GuideAsync();
        var (person, _) = await world.PersonAsync(cents: 0);
        // The stream at the end has no catch of its own.
        var text = string.Join("\n\n", guide.Connect, guide.Bootstrap, guide.Recovery);

        var run = await GuideRun.ModuleAsync(world, Filled(text), person);

        Assert.True(run.ExitCode == 0, run.Error);
        var report = run.Report!.Value;
        Assert.Single(report.GetProperty("opened").EnumerateArray());
        Assert.Collection(
            report.GetProperty("went").EnumerateArray().Select(one => one.GetString()!),
            consent => Assert.Contains("/oauth/authorize?", consent, StringComparison.Ordinal),
            portal => Assert.Contains("/billing/open/", portal, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(true, "pending")]
    [InlineData(false, "connected")]
    public async Task A_device_polls_until_its_user_has_decided(bool personWaits, string status)
    {
        var guide = await GuideAsync();
        var (person, _) = await world.PersonAsync(cents: 0);
        var waits = personWaits ? "process.env.GUIDE_PERSON_WAITS = '1';\n" : "";
        var text = waits + Filled(guide.Device) + Report + "result;\n";

        var run = await GuideRun.ModuleAsync(world, text, person);

        Assert.True(run.ExitCode == 0, run.Error);
        var result = run.Report!.Value.GetProperty("result");
        Assert.Equal(status, result.GetProperty("status").GetString());
        Assert.Contains("https://gateway.ardabot.ai/connect", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_openai_client_is_answered()
    {
        var guide = await GuideAsync();
        var (person, key) = await world.PersonAsync(cents: 2_500);
        var text = Filled(guide.OpenAi, key) + Report + "res;\n";

        var run = await GuideRun.ModuleAsync(world, text, person);

        Assert.True(run.ExitCode == 0, run.Error);
        var choice = run.Report!.Value.GetProperty("result").GetProperty("choices")[0];
        Assert.NotEqual("", choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task The_anthropic_client_is_answered()
    {
        var guide = await GuideAsync();
        var (person, key) = await world.PersonAsync(cents: 2_500);
        var text = Filled(guide.Anthropic, key) + Report + "res;\n";

        var run = await GuideRun.ModuleAsync(world, text, person);

        Assert.True(run.ExitCode == 0, run.Error);
        var result = run.Report!.Value.GetProperty("result");
        Assert.Equal("claude-sonnet-4-6", result.GetProperty("model").GetString());
        Assert.NotEqual("", result.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Python_is_answered_as_its_client_would_ask()
    {
        var guide = await GuideAsync();
        var (person, key) = await world.PersonAsync(cents: 2_500);
        var python = Filled(guide.Python, key);
        // The literals of this block are JSON as well.
        var text = $$"""
            const answer = await fetch("{{Literal(python, "base_url")}}/chat/completions", {
              method: 'POST',
              headers: {
                Authorization: 'Bearer {{Literal(python, "api_key")}}',
                'Content-Type': 'application/json',
              },
              body: JSON.stringify({
                model: "{{Literal(python, "model")}}",
                messages: {{MessagesOf().Match(python).Groups[1].Value}},
              }),
            });
            globalThis.guide.result = await answer.json();

            """;

        var run = await GuideRun.ModuleAsync(world, text, person);

        Assert.True(run.ExitCode == 0, run.Error);
        var choice = run.Report!.Value.GetProperty("result").GetProperty("choices")[0];
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Curl_is_answered()
    {
        var guide = await GuideAsync();
        var (_, key) = await world.PersonAsync(cents: 2_500);
        var home = Directory.CreateDirectory(Path.Combine(world.Folder, "curl")).FullName;
        // What --resolve and --cacert would say, beside the command and not in it.
        await File.WriteAllTextAsync(
            Path.Combine(home, ".curlrc"),
            $"""
            connect-to = "gateway.ardabot.ai:443:127.0.0.1:{world.Port}"
            cacert = "{world.Root}"
            noproxy = "*"
            silent
            """
        );

        var run = await GuideRun.RunAsync(
            "bash",
            ["-c", Filled(guide.Curl, key)],
            world.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["CURL_HOME"] = home }
        );

        Assert.True(run.ExitCode == 0, run.Error);
        using var answer = JsonDocument.Parse(run.Output);
        var choice = answer.RootElement.GetProperty("choices")[0];
        Assert.NotEqual("", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.True(answer.RootElement.GetProperty("usage").GetProperty("cost").GetDecimal() > 0);
    }

    [Fact]
    public async Task Every_block_compiles_under_strict()
    {
        var guide = await GuideAsync();
        var tsc = Path.Combine(Checkout.Root, "node_modules", "typescript", "bin", "tsc");
        Assert.SkipUnless(File.Exists(tsc), "TypeScript is not installed: npm ci");
        var folder = Directory.CreateDirectory(Path.Combine(world.Folder, "strict")).FullName;
        var blocks = new[] { guide.EmbeddedApp, guide.Device, guide.OpenAi, guide.Anthropic };
        foreach (var (index, block) in blocks.Index())
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"{index}.ts"), block);
        }

        // The two names that the guide leaves to its reader.
        await File.WriteAllTextAsync(
            Path.Combine(folder, "reader.d.ts"),
            "declare const code: string;\n"
                + "declare function appendToTranscript(text: string): void;\n"
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "tsconfig.json"),
            """
            {
              "compilerOptions": {
                "strict": true, "noEmit": true, "target": "ES2022", "module": "nodenext",
                "lib": ["ES2023", "DOM", "DOM.Iterable"], "types": [], "skipLibCheck": true
              }
            }
            """
        );

        var run = await GuideRun.RunAsync(
            NodeRun.Binary!,
            [tsc, "-p", folder],
            folder,
            new Dictionary<string, string?>(StringComparer.Ordinal)
        );

        Assert.True(run.ExitCode == 0, run.Output);
    }

    private async Task<GuideText> GuideAsync()
    {
        var guide = GuideText.Find();
        Assert.SkipWhen(guide is null, "The integration guide is not beside this checkout.");
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        Assert.SkipUnless(
            File.Exists(
                Path.Combine(Checkout.Root, "sdk", "typescript", "dist", "esm", "index.js")
            ),
            "The TypeScript SDK is not built: npm ci and npm test in sdk/typescript"
        );
        await world.ReadyAsync();
        return guide;
    }

    /// <summary>The ids and keys that the guide leaves out; nothing else is changed.</summary>
    private string Filled(string block, string key = "") =>
        block
            .Replace("gw_app_...", world.ClientId, StringComparison.Ordinal)
            .Replace("gw_sk_...", key, StringComparison.Ordinal);

    private static string Literal(string python, string name) =>
        Regex.Match(python, name + "=\"([^\"]+)\"", RegexOptions.None, s_regexMax).Groups[1].Value;

    private static readonly TimeSpan s_regexMax = TimeSpan.FromSeconds(1);

    [GeneratedRegex(@"messages=(\[.*?\]),\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MessagesOf();

    private static void IsPrinted(JsonElement report, string word) =>
        Assert.Contains(
            report.GetProperty("printed").EnumerateArray(),
            line => line.ToString().Contains(word, StringComparison.Ordinal)
        );
}
