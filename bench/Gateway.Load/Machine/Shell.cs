using System.Diagnostics;

namespace Arda.Gateway.Load.Machine;

/// <summary>Runs a small tool to its end.</summary>
internal static class Shell
{
    /// <exception cref="BenchException">It ended with anything but 0.</exception>
    public static string Output(
        string file,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new BenchException($"{file} ended with {process.ExitCode}: {output}");
    }

    /// <summary>The first line of what a tool says, or "?" where it is not installed.</summary>
    public static string FirstLine(string file, params string[] arguments)
    {
        // Some tools tell their version on standard error.
        string[] inShell = ["-c", "\"$0\" \"$@\" 2>&1 | head -1", file, .. arguments];
        var line = Output("/bin/sh", inShell).Trim();
        return line.Length == 0 || line.Contains("not found", StringComparison.Ordinal)
            ? "?"
            : line;
    }
}
