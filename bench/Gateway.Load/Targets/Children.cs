using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Targets;

/// <summary>The processes that a run started; all of them end with it, however it ends.</summary>
internal sealed class Children(string logs) : IDisposable
{
    private const double EndSecondsMax = 10;

    private readonly List<int> _pids = [];

    /// <summary>Starts a command on one core, its output in a log; the pid is the command's own,
    /// because the shell and taskset replace themselves by it.</summary>
    public int Start(int core, string name, params string[] command)
    {
        Directory.CreateDirectory(logs);
        var start = new ProcessStartInfo("/bin/sh");
        string[] arguments =
        [
            "-c",
            "exec \"$@\" >\"$0\" 2>&1 </dev/null",
            LogOf(name),
            "taskset",
            "-c",
            $"{core}",
            .. command,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        lock (_pids)
        {
            _pids.Add(process.Id);
        }

        return process.Id;
    }

    public void WaitForPort(int pid, string name, int port, double secondsMax)
    {
        for (var waited = 0.0; waited < secondsMax && ProcessTree.IsAlive(pid); waited += 0.1)
        {
            if (IsTaken(port))
            {
                return;
            }

            Clock.Sleep(0.1);
        }

        var log = string.Join('\n', File.ReadLines(LogOf(name)).TakeLast(12));
        throw new BenchException($"{name} did not start; the end of {LogOf(name)}:\n{log}");
    }

    public static void NeedFree(int port)
    {
        if (IsTaken(port))
        {
            throw new BenchException($"port {port} is in use; end what listens there");
        }
    }

    public void Dispose()
    {
        int[] pids;
        lock (_pids)
        {
            // The last started first: a gateway before its database.
            pids = [.. Enumerable.Reverse(_pids)];
            _pids.Clear();
        }

        foreach (var pid in pids)
        {
            // A stopped process hears of its end only once it goes on.
            ProcessTree.Signal([pid], ProcessTree.Continue);
            ProcessTree.Signal([pid], ProcessTree.Terminate);
            for (
                var waited = 0.0;
                waited < EndSecondsMax && ProcessTree.IsAlive(pid);
                waited += 0.05
            )
            {
                Clock.Sleep(0.05);
            }

            if (ProcessTree.IsAlive(pid))
            {
                ProcessTree.Signal([pid], ProcessTree.Kill);
            }
        }
    }

    private string LogOf(string name) => Path.Combine(logs, name + ".log");

    private static bool IsTaken(int port)
    {
        using var probe = new Socket(
            AddressFamily.InterNetwork,
            SocketType.Stream,
            ProtocolType.Tcp
        );
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
