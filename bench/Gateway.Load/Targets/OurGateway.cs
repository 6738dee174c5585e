using System.Text.Json;
using Arda.Gateway.Load.Machine;
using Arda.Gateway.Load.Run;

namespace Arda.Gateway.Load.Targets;

/// <summary>
/// Starts the gateway as an operator does: the released program, a ready demo, the operator's file
/// <c>bench/arda.json</c> that adds the mock as a provider. Nothing of it is switched off.
/// </summary>
internal sealed class OurGateway(Options options, Children children)
{
    private const double StartSecondsMax = 60;

    public Target Start(int port, bool isPostgres)
    {
        Children.NeedFree(port);
        var name = isPostgres ? Target.OursPostgres : Target.Ours;
        var url = Lineup.Text(Lineup.UrlOf(port));
        var data = Path.Combine(options.WorkDirectory, name);
        // A store of an earlier run would bring its balance and its rows along.
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }

        Directory.CreateDirectory(data);
        var cluster = isPostgres ? PostgresCluster.Start(options, children) : null;
        var pid = children.Start(Cores.Target, name, Command(url, data, cluster));
        children.WaitForPort(pid, name, port, StartSecondsMax);
        return new Target(name, new Uri(url), VersionOf(cluster))
        {
            Key = ReadKey(data),
            Processes = [pid],
            Stores = cluster is null ? [] : [cluster.Process],
        };
    }

    private string[] Command(string url, string data, PostgresCluster? cluster)
    {
        var configuration = Path.Combine(options.Root, "bench", "arda.json");
        if (options.OursCommand is { } own)
        {
            var filled = own.Replace("{url}", url, StringComparison.Ordinal)
                .Replace("{data}", data, StringComparison.Ordinal)
                .Replace("{config}", configuration, StringComparison.Ordinal)
                .Replace("{postgres}", cluster?.ConnectionString, StringComparison.Ordinal);
            return ["/bin/sh", "-c", $"exec {filled}"];
        }

        string[] store = cluster is null ? [] : ["--storage:postgres", cluster.ConnectionString];
        return
        [
            "dotnet",
            Path.Combine(options.Root, "src/Gateway/bin/Release/net10.0/Arda.Gateway.dll"),
            "--demo",
            "--urls",
            url,
            "--data",
            data,
            "--config",
            configuration,
            .. store,
        ];
    }

    private static string ReadKey(string data)
    {
        var file = Path.Combine(data, "demo.json");
        for (var waited = 0.0; waited < StartSecondsMax; waited += 0.1)
        {
            if (File.Exists(file))
            {
                using var demo = JsonDocument.Parse(File.ReadAllBytes(file));
                return demo.RootElement.GetProperty("api_key").GetString()!;
            }

            Clock.Sleep(0.1);
        }

        throw new BenchException(
            $"the gateway wrote no {file}, so there is no key to call it with"
        );
    }

    private string VersionOf(PostgresCluster? cluster)
    {
        var commit = Shell.FirstLine("git", "-C", options.Root, "rev-parse", "--short", "HEAD");
        var store = cluster is null ? "SQLite" : $"PostgreSQL {cluster.Version}, fsync on";
        return $"commit {commit}, {store}, key check, rate limit, hold and durable charge on";
    }
}
