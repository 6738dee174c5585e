using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Run;

namespace Arda.Gateway.Load.Targets;

/// <summary>A private PostgreSQL, durable as delivered, on the gateway's core and a socket file.</summary>
internal sealed class PostgresCluster
{
    private const string User = "arda";

    private PostgresCluster(int process, string version, string directory) =>
        (Process, Version, ConnectionString) = (
            process,
            version,
            $"Host={directory};Username={User};Database={User};Maximum Pool Size=40"
        );

    public int Process { get; }

    public string Version { get; }

    public string ConnectionString { get; }

    public static PostgresCluster Start(
        Options options,
        Children children,
        params string[] settings
    )
    {
        var binaries =
            Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(version => Path.Combine(version, "bin"))
                .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            ?? throw new BenchException("PostgreSQL is not installed");
        // Where the server's user may go, which a checkout below /root is not.
        var directory = Directory.CreateTempSubdirectory("arda-bench-pg-").FullName;
        var data = Path.Combine(directory, "data");
        if (Environment.IsPrivilegedProcess)
        {
            Shell.Output("chown", ["postgres", directory]);
        }

        string[] initialise = [Tool("initdb"), "-D", data, "-U", User, "-A", "trust", "-E", "UTF8"];
        Run(AsServer([.. initialise, "--locale=C"]));
        string[] serve = [Tool("postgres"), "-D", data, "-k", directory, "-c", "listen_addresses="];
        serve = [.. serve, .. settings.SelectMany(setting => (string[])["-c", setting])];
        var process = children.Start(Cores.Target, "postgres", AsServer(serve));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, true);
        var isReady = false;
        for (var tries = 0; tries < 100 && !isReady; tries++)
        {
            Clock.Sleep(0.1);
            isReady = Shell
                .FirstLine(Tool("pg_isready"), "-h", directory)
                .Contains("accepting", StringComparison.Ordinal);
        }

        Run([Tool("createdb"), "-h", directory, "-U", User, User]);
        var version = Shell.FirstLine(Tool("postgres"), "--version").Split(' ')[2];
        return new PostgresCluster(process, version, directory);

        string Tool(string name) => Path.Combine(binaries, name);
    }

    // The server refuses to run as root. setpriv replaces itself, so the pid stays the server's.
    private static string[] AsServer(string[] command) =>
        Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command]
            : command;

    private static void Run(string[] command) => Shell.Output(command[0], command[1..]);
}
