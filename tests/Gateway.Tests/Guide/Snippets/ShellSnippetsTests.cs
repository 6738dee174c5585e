using Arda.Gateway.Tests.OAuth;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>Every block for a shell, in a real one with the real curl and the real command line; and
/// those in Python.</summary>
public sealed class ShellSnippetsTests(GuideWorld world)
{
    // A change for `git diff` to show.
    private const string Repository =
        "git init -q . && echo one > notes && git add notes && echo two >> notes\n";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Blocks => Snippet.Names("sh", "bash");

    public static TheoryData<string> PythonBlocks => Snippet.Names("python");

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_runs_to_its_end(string block)
    {
        var run = Snippet.Run(block);
        var reader = await SnippetRun.ReaderAsync(world, run);
        var text = await FilledAsync(run, reader);

        var ran = await RunAsync(
            run,
            reader,
            "bash",
            ["-euo", "pipefail", "-c", Repository + text]
        );

        Assert.True(ran.ExitCode == 0, $"{text}\n{ran.Output}\n{ran.Error}");
        Assert.NotEqual("", ran.Output.Trim());
    }

    [Theory]
    [MemberData(nameof(PythonBlocks))]
    public async Task A_block_of_python_is_answered(string block)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no Python.");
        var run = Snippet.Run(block);
        var reader = await SnippetRun.ReaderAsync(world, run);
        var text = SnippetRun.Filled(run, reader) + "print(res.choices[0].message.content)\n";

        var ran = await RunAsync(run, reader, "/usr/bin/python3", ["-c", text]);

        Assert.True(ran.ExitCode == 0, ran.Error);
        Assert.NotEqual("", ran.Output.Trim());
    }

    private async Task<GuideRun> RunAsync(
        IReadOnlyList<Snippet> run,
        GuideReader reader,
        string program,
        string[] arguments
    )
    {
        var folder = await ShellFolder.MakeAsync(world, Ct);
        try
        {
            var environment = SnippetRun.Environment(world, reader, run);
            environment["CURL_HOME"] = folder;
            environment["XDG_CONFIG_HOME"] = folder;
            environment["PYTHONPATH"] = folder;
            environment["PATH"] = folder + ":" + System.Environment.GetEnvironmentVariable("PATH");
            environment["ARDA_BASE_URL"] = "https://gateway.ardabot.ai";
            environment["ARDA_API_KEY"] = reader.Key;
            environment["ARDA_ADMIN_TOKEN"] = world
                .World.Host.Demo.GetProperty("admin_token")
                .GetString();
            return await GuideRun.RunAsync(program, arguments, folder, environment);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> FilledAsync(IReadOnlyList<Snippet> run, GuideReader reader)
    {
        var text = string.Join('\n', run.Select(one => one.Text));
        if (text.Contains("app review", StringComparison.Ordinal))
        {
            // The operator decides about an app that waits.
            var pending = await world.PendingAppAsync();
            reader = reader with { ClientId = pending.Id.Value };
        }

        var filled = SnippetRun.Filled(run, reader);
        if (filled.Contains("gen_…", StringComparison.Ordinal))
        {
            filled = filled.Replace(
                "gen_…",
                await GenerationAsync(reader),
                StringComparison.Ordinal
            );
        }

        return filled.Contains("gw_ac_…", StringComparison.Ordinal)
            ? filled
                .Replace("gw_ac_…", await world.CodeAsync(reader), StringComparison.Ordinal)
                .Replace(
                    "code_verifier=…",
                    "code_verifier=" + OAuthWorld.Verifier,
                    StringComparison.Ordinal
                )
            : filled;
    }

    private async Task<string> GenerationAsync(GuideReader reader)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                """{"model":"simulated/chat","messages":[{"role":"user","content":"Hello"}]}""",
                System.Text.Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Authorization = new("Bearer", reader.Key);
        using var answer = await world.World.Http.SendAsync(request, Ct);
        return answer.Headers.GetValues("X-Arda-Generation-Id").Single();
    }
}
