using System.Diagnostics;
using System.Text;
using Arda.Gateway.Tests.Clients;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide;

/// <summary>One of examples/typescript, whose lines a person reads.</summary>
internal sealed class ExampleProcess : IDisposable
{
    private static readonly TimeSpan s_durationMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly CancellationTokenSource _limit;
    private readonly StringBuilder _said = new();
    private readonly Task<string> _error;

    private ExampleProcess(Process process, CancellationToken ct)
    {
        _process = process;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _limit.CancelAfter(s_durationMax);
        _error = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    public static string Folder { get; } = Path.Combine(Checkout.Root, "examples", "typescript");

    public string Said => _said.ToString();

    public static ExampleProcess Start(
        string file,
        ExamplesWorld world,
        int port,
        CancellationToken ct
    )
    {
        var start = new ProcessStartInfo(NodeRun.Binary!)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("--no-warnings");
        start.ArgumentList.Add(file);
        start.Environment["ARDA_DEMO"] = world.Demo;
        start.Environment["PORT"] = $"{port}";
        return new ExampleProcess(Process.Start(start)!, ct);
    }

    /// <summary>Reads until a line says this; null where the program has ended before.</summary>
    public async Task<string?> LineWithAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync(_limit.Token) is { } line)
        {
            _said.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Reads to the end, which has to be a good one.</summary>
    public async Task EndAsync()
    {
        _said.Append(await _process.StandardOutput.ReadToEndAsync(_limit.Token));
        await _process.WaitForExitAsync(_limit.Token);
        Assert.True(_process.ExitCode == 0, $"{Said}\n{await _error}");
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
