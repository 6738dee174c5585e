using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Arda.Gateway.Tests.Crash;

/// <summary>The gateway as the process that it is, so that it can be killed like one.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const string Listens = "listens on ";

    // Copied beside the tests with everything that it needs to run.
    private static readonly string s_program = Path.Combine(
        AppContext.BaseDirectory,
        "Arda.Gateway.dll"
    );

    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said;
    private readonly HttpClient _operator;

    private GatewayProcess(Process process, ConcurrentQueue<string> said, Uri address, string data)
    {
        (_process, _said, Address) = (process, said, address);
        using var demo = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "demo.json")));
        ApiKey = demo.RootElement.GetProperty("api_key").GetString()!;
        _operator = new HttpClient { BaseAddress = address, Timeout = s_waitMax };
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            demo.RootElement.GetProperty("admin_token").GetString()!
        );
    }

    public Uri Address { get; }

    public string ApiKey { get; }

    public int ProcessId => _process.Id;

    /// <summary>What it wrote to both of its streams, for the message of a failed test.</summary>
    public string Said => string.Join('\n', _said);

    /// <summary>Returns once it listens and <c>demo.json</c> is there.</summary>
    public static async Task<GatewayProcess> StartAsync(
        string data,
        string? postgres,
        params IEnumerable<string> settings
    )
    {
        var said = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource<Uri>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        var process = Run(
            data,
            postgres,
            settings,
            line =>
            {
                said.Enqueue(line);
                var at = line.IndexOf(Listens, StringComparison.Ordinal);
                if (at >= 0)
                {
                    listening.TrySetResult(new Uri(line[(at + Listens.Length)..].Trim()));
                }
            }
        );
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(listening.Task, ended).WaitAsync(s_waitMax);
        Assert.True(
            first == listening.Task,
            "The gateway did not start:\n" + string.Join('\n', said)
        );
        return new GatewayProcess(process, said, await listening.Task, data);
    }

    /// <summary>Runs one that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Said)> RunToEndAsync(
        string data,
        params IEnumerable<string> settings
    )
    {
        var said = new ConcurrentQueue<string>();
        using var process = Run(data, null, settings, said.Enqueue);
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_waitMax);
            return (process.ExitCode, string.Join('\n', said));
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>SIGKILL: nothing in the process hears of it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a service manager sends it; answers the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(s_waitMax);
        return _process.ExitCode;
    }

    /// <summary>What the running gateway itself says of its books; null when all is well.</summary>
    public async Task<string?> VerifyAsync()
    {
        using var answer = await _operator.PostAsync("/admin/ledger/verify", null);
        var text = await answer.Content.ReadAsStringAsync();
        using var reading = JsonDocument.Parse(text);
        return reading.RootElement.GetProperty("ok").GetBoolean() ? null : text;
    }

    public async ValueTask DisposeAsync()
    {
        _operator.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static Process Run(
        string data,
        string? postgres,
        IEnumerable<string> settings,
        Action<string> hear
    )
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        // A life of two seconds is not worth measuring for later, nor compiling twice while it starts:
        // a whole tenth of a second (hexadecimal) without a new method comes first.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "64";
        string[] args =
        [
            s_program,
            "--demo",
            $"--data={data}",
            "--urls=http://127.0.0.1:0",
            "--Logging:LogLevel:Default=Warning",
            .. postgres is null ? [] : new[] { $"--storage:postgres={postgres}" },
            .. settings,
        ];
        foreach (var argument in args)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Hear(string? line)
        {
            if (line is not null)
            {
                hear(line);
            }
        }
    }
}
