using System.Diagnostics;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Clients;

namespace Arda.Gateway.Tests.Guide;

/// <summary>A block of the guide that was run.</summary>
/// <param name="ExitCode">Zero when it came to its end.</param>
/// <param name="Output">What it printed, the world's report left out.</param>
/// <param name="Error">What it said on the error stream.</param>
/// <param name="Report">What the page around it saw; see tests/clients/guide-page.mjs.</param>
internal sealed record GuideRun(int ExitCode, string Output, string Error, JsonElement? Report)
{
    private const string Mark = "guide-report:";

    private static readonly TimeSpan s_durationMax = TimeSpan.FromSeconds(60);

    /// <summary>As a TypeScript module, in the Node that strips types by itself.</summary>
    public static async Task<GuideRun> ModuleAsync(GuideWorld world, string text, string person)
    {
        var file = Path.Combine(world.Folder, $"{Ids.Make("m")}.ts");
        await File.WriteAllTextAsync(file, text);
        var page = new Uri(Path.Combine(Scenes.Folder, "guide-page.mjs")).AbsoluteUri;
        return await RunAsync(
            NodeRun.Binary!,
            ["--no-warnings", "--import", page, file],
            world.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["GUIDE_PEOPLE"] = world.People,
                ["GUIDE_PERSON"] = person,
                // The name is resolved by the proxy; the code knows nothing of either.
                ["NODE_USE_ENV_PROXY"] = "1",
                ["HTTPS_PROXY"] = world.Tunnel.Address,
                ["NODE_EXTRA_CA_CERTS"] = world.Root,
            }
        );
    }

    public static async Task<GuideRun> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        arguments.ToList().ForEach(start.ArgumentList.Add);
        foreach (var name in start.Environment.Keys.Where(NodeRun.IsOfAClient).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_durationMax);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return Read(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static GuideRun Read(int exitCode, string output, string error)
    {
        var at = output.LastIndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return new GuideRun(exitCode, output, error, null);
        }

        using var report = JsonDocument.Parse(output[(at + Mark.Length)..]);
        return new GuideRun(exitCode, output[..at], error, report.RootElement.Clone());
    }
}
