using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Sdk;

/// <summary>An app of examples/dotnet, as the process that a reader starts.</summary>
internal sealed class ExampleProcess : IDisposable
{
    private static readonly TimeSpan s_runMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Task<string> _errors;
    private readonly CancellationTokenSource _limit;

    private ExampleProcess(Process process)
    {
        _process = process;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        _limit.CancelAfter(s_runMax);
        _errors = process.StandardError.ReadToEndAsync(_limit.Token);
    }

    public static ExampleProcess Start(
        string name,
        IReadOnlyList<string> arguments,
        params (string Name, string Value)[] environment
    )
    {
        var dll = Path.Combine(
            Checkout.Root,
            "examples",
            "dotnet",
            name,
            "bin",
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
            "net10.0",
            name + ".dll"
        );
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(dll),
        };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new ExampleProcess(Process.Start(start)!);
    }

    /// <summary>Reads on until it has said something of that form.</summary>
    public async Task<Match> SaysAsync(string pattern)
    {
        var form = new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
        while (await _process.StandardOutput.ReadLineAsync(_limit.Token) is { } line)
        {
            _said.AppendLine(line);
            if (form.Match(line) is { Success: true } found)
            {
                return found;
            }
        }

        Assert.Fail($"It never said {pattern}:\n{_said}\n{await _errors}");
        return Match.Empty;
    }

    /// <summary>Of a web app: where it listens.</summary>
    public async Task<Uri> ListensAsync() =>
        new((await SaysAsync("Now listening on: (.+)")).Groups[1].Value);

    public async Task EndsWellAsync()
    {
        await _process.WaitForExitAsync(_limit.Token);
        Assert.True(_process.ExitCode == 0, $"{_said}\n{await _errors}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _limit.Dispose();
    }
}
