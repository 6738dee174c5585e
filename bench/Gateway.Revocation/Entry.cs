using System.Globalization;
using System.Runtime.InteropServices;
using Arda.Gateway.Load;
using Arda.Gateway.Load.Run;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Revocation;

/// <summary>
/// How long after a revocation a key still works, on two nodes over one PostgreSQL: with
/// announcements working, with all of them lost, and with the listeners killed over and over.
/// </summary>
internal static class Entry
{
    private const int KeysUsual = 300;

    // What a slow answer waited for stands in logs/postgres.log: a lock, or the disk at COMMIT.
    private static readonly string[] s_loud =
    [
        "log_min_duration_statement=300",
        "log_lock_waits=on",
        "deadlock_timeout=200ms",
        "log_checkpoints=on",
    ];

    public static async Task<int> Main(string[] args)
    {
        try
        {
            var keys =
                args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : KeysUsual;
            return await RunAsync(keys);
        }
        catch (BenchException wrong)
        {
            await Console.Error.WriteLineAsync($"bench: {wrong.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(int keys)
    {
        var options = new Options { Plan = Plan.Named("small"), Targets = [] };
        var directory = Path.Combine(options.WorkDirectory, "revocation");
        if (Directory.Exists(directory))
        {
            // A store of an earlier run would bring its keys along.
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
        using var children = new Children(Path.Combine(options.WorkDirectory, "logs"));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var cluster = PostgresCluster.Start(options, children, s_loud);
        var results = new List<Result>();
        foreach (var channel in Channels.All)
        {
            results.Add(await Trial.RunAsync(channel, keys, cluster, children, directory));
        }

        var report = new Report(results, cluster.Version, options.Root);
        report.Write();
        return report.HoldsWhatIsPromised ? 0 : 1;

        void End(PosixSignalContext _) => children.Dispose();
    }
}
