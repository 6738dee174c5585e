using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Arda.Gateway.Tests.Storage;

/// <summary>
/// A private PostgreSQL for this test run: its own directory, a socket of its own, no network, and
/// one database for each test. Started by the first test that asks, stopped when the run ends.
/// </summary>
public sealed class PostgresCluster : IDisposable
{
    private static readonly Lazy<PostgresCluster?> Shared = new(() => Start(isDurable: false));
    private static int _databases;

    private readonly string _binaries;
    private readonly string _directory;

    private PostgresCluster(string binaries, string directory) =>
        (_binaries, _directory) = (binaries, directory);

    /// <summary>The run's cluster without fsync; null where PostgreSQL is not installed.</summary>
    public static PostgresCluster? ForThisRun => Shared.Value;

    /// <summary>A cluster of the test's own; with fsync where its crash is the subject.</summary>
    public static PostgresCluster? Start(bool isDurable)
    {
        var binaries = FindBinaries();
        if (binaries is null)
        {
            return null;
        }

        var directory = Directory.CreateTempSubdirectory("arda-pg-").FullName;
        var cluster = new PostgresCluster(binaries, directory);
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "postgres", directory);
        }

        cluster.RunServerTool(
            "initdb",
            [
                "-D",
                cluster.Data,
                "--locale=C",
                "--encoding=UTF8",
                "--auth=trust",
                "--username=arda",
                "--no-sync",
            ]
        );
        cluster.Boot(isDurable);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Leave();
        return cluster;
    }

    private string Data => Path.Combine(_directory, "data");

    /// <summary>A new, empty database.</summary>
    public string CreateDatabase()
    {
        var number = Interlocked.Increment(ref _databases);
        var name = string.Create(CultureInfo.InvariantCulture, $"t{number}");
        using var connection = new NpgsqlConnection(
            ConnectionString("postgres") + ";Pooling=false"
        );
        connection.Open();
        using var command = new NpgsqlCommand("CREATE DATABASE " + name, connection);
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    public void StopImmediately() => Control("stop", "-m", "immediate");

    public void Boot(bool isDurable)
    {
        var sync = isDurable ? "on" : "off";
        Control(
            "start",
            "-l",
            Path.Combine(_directory, "log"),
            "-o",
            $"-k {_directory} -c listen_addresses='' -c fsync={sync} -c max_connections=300"
                + " -c shared_buffers=32MB"
        );
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            StopIfRunning();
            Directory.Delete(_directory, recursive: true);
        }
    }

    // A thousand databases are a quarter of a million files, and the runner gives its process ten
    // seconds to end: nobody waits for their removal.
    private void Leave()
    {
        if (Directory.Exists(_directory))
        {
            StopIfRunning();
            Run("bash", "-c", "setsid rm -rf \"$0\" &", _directory);
        }
    }

    private void StopIfRunning()
    {
        try
        {
            StopImmediately();
        }
        catch (InvalidOperationException)
        {
            // Already stopped by the test.
        }
    }

    private string ConnectionString(string database) =>
        $"Host={_directory};Username=arda;Database={database};Maximum Pool Size=40";

    private void Control(string verb, params string[] arguments) =>
        RunServerTool("pg_ctl", ["-D", Data, "-w", .. arguments, verb]);

    private void RunServerTool(string tool, IEnumerable<string> arguments)
    {
        var file = Path.Combine(_binaries, tool);
        // The server refuses to run as root.
        if (Environment.IsPrivilegedProcess)
        {
            Run("runuser", ["-u", "postgres", "--", file, .. arguments]);
        }
        else
        {
            Run(file, [.. arguments]);
        }
    }

    private static void Run(string file, params string[] arguments)
    {
        // No redirection: a server that keeps the pipe open would keep us waiting for its end. Nor
        // anything else that we inherited: a lock that whoever started us holds is not its to keep.
        const string Script = """
            for fd in /dev/fd/*; do
              fd=${fd##*/}
              if [ "$fd" -gt 2 ]; then eval "exec $fd>&-" 2>/dev/null; fi
            done
            exec "$0" "$@" </dev/null >/dev/null 2>&1
            """;
        // bash, because sh closes none above 9.
        var start = new ProcessStartInfo("/bin/bash") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add(file);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}."
            );
        }
    }

    private static string? FindBinaries()
    {
        string[] roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
        return roots
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Select(directory => Path.Combine(directory, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
            .Order(StringComparer.Ordinal)
            .LastOrDefault();
    }
}
