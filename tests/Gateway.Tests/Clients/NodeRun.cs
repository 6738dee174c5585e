using System.Diagnostics;
using System.Text.Json;

namespace Arda.Gateway.Tests.Clients;

/// <summary>One case of one client against one upstream; without an error it has passed.</summary>
internal sealed record NodeCase
{
    public required string Client { get; init; }

    public required string Upstream { get; init; }

    public required string Name { get; init; }

    public int Ms { get; init; }

    public string? Error { get; init; }
}

/// <summary>Node processes that run tests/clients/run.mjs.</summary>
internal sealed record NodeRun(IReadOnlyList<NodeCase> Cases, string StandardError)
{
    /// <summary>The modules of tests/clients, one for each client library.</summary>
    public static readonly IReadOnlyList<string> Modules =
    [
        "openai-chat",
        "openai-responses",
        "anthropic",
        "ai-openai",
        "ai-compatible",
        "ai-anthropic",
        "guide",
        "gateway-sdk",
    ];

    private static readonly TimeSpan s_durationMax = TimeSpan.FromMinutes(3);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private static readonly Lazy<IReadOnlyList<NodeCase>> s_all = new(ListAll);

    /// <summary>Null where nobody has run <c>npm ci</c>.</summary>
    public static string? Binary
    {
        get
        {
            var path = Path.Combine(Scenes.Folder, "node_modules", "node", "bin", "node");
            return File.Exists(path) ? path : null;
        }
    }

    /// <summary>All cases there are, asked of one process; none without Node.</summary>
    public static IReadOnlyList<NodeCase> All => s_all.Value;

    public static async Task<NodeRun> OfAsync(IEnumerable<string> modules, string? world)
    {
        var start = new ProcessStartInfo(Binary!)
        {
            WorkingDirectory = Scenes.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("run.mjs");
        modules.ToList().ForEach(start.ArgumentList.Add);
        start.Environment["ARDA_WORLD"] = world;
        // What a developer has set for these clients would send them elsewhere.
        foreach (var name in start.Environment.Keys.Where(IsOfAClient).ToList())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(s_durationMax);
        var error = process.StandardError.ReadToEndAsync(deadline.Token);
        var cases = new List<NodeCase>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                cases.Add(JsonSerializer.Deserialize<NodeCase>(line, s_json)!);
            }

            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        return new NodeRun(cases, await error);
    }

    internal static bool IsOfAClient(string variable) =>
        variable.StartsWith("OPENAI_", StringComparison.OrdinalIgnoreCase)
        || variable.StartsWith("ANTHROPIC_", StringComparison.OrdinalIgnoreCase)
        || variable.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<NodeCase> ListAll() =>
        Binary is null ? [] : Task.Run(() => OfAsync(Modules, world: null)).Result.Cases;
}
