using System.Diagnostics;
using System.Text;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Cli;

/// <summary>Runs the command line as its users do: as a process, with flags and environment.</summary>
internal sealed record ArdaProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan s_runMax = TimeSpan.FromSeconds(60);

    // The same configuration and framework folders as the tests' own.
    internal static readonly string Program = Path.Combine(
        Checkout.Root,
        "src",
        "Gateway.Cli",
        "bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
        new DirectoryInfo(AppContext.BaseDirectory).Name,
        "arda.dll"
    );

    public static async Task<ArdaProcess> RunAsync(
        string[] args,
        Dictionary<string, string>? environment = null,
        string input = "",
        Action<string>? onErrorLine = null
    )
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. args])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (
            var name in (string[])
                ["ARDA_BASE_URL", "ARDA_API_KEY", "ARDA_ADMIN_TOKEN", "ARDA_CLIENT_ID"]
        )
        {
            start.Environment.Remove(name);
        }

        // Nor is the developer's own login any of a test's business.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(
            AppContext.BaseDirectory,
            "nobody-logged-in"
        );

        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        limit.CancelAfter(s_runMax);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = ListenAsync(process.StandardError, onErrorLine, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ArdaProcess(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    // For what a person reads while the command still runs.
    private static async Task<string> ListenAsync(
        StreamReader reader,
        Action<string>? onLine,
        CancellationToken ct
    )
    {
        if (onLine is null)
        {
            return await reader.ReadToEndAsync(ct);
        }

        var said = new StringBuilder();
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            said.Append(line).Append('\n');
            onLine(line);
        }

        return said.ToString();
    }
}
