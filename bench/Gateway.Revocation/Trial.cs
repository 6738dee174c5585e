using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Arda.Gateway.Load;
using Arda.Gateway.Load.Targets;
using Npgsql;

namespace Arda.Gateway.Revocation;

/// <summary>One request: when it left, and whether the key still opened the door.</summary>
internal readonly record struct Asked(long SentAt, bool IsTaken);

/// <summary>What one way of hearing of changes gave; all times in milliseconds.</summary>
internal sealed record Result
{
    public required Channel Channel { get; init; }

    public required int Keys { get; init; }

    public long ListenersKilled { get; init; }

    /// <summary>From sending a revoke to its answer.</summary>
    public List<double> Answers { get; } = [];

    /// <summary>By what is asked and of which node: for each key, how long after the answer of the
    /// revoke the last request left that was still taken; 0 where none was.</summary>
    public Dictionary<string, List<double>> TakenAfterAnswer { get; } = new(StringComparer.Ordinal);

    /// <summary>The same, counted from when the revoke was sent.</summary>
    public Dictionary<string, List<double>> TakenAfterSending { get; } =
        new(StringComparer.Ordinal);
}

/// <summary>
/// Two fresh nodes on a database of their own. Each key is warm on both; then it is revoked on one of
/// them while both are asked without a pause, for inference and for reads.
/// </summary>
internal sealed class Trial(Node a, Node b, Result result)
{
    private const int FirstPort = 18785;

    /// <summary>Nodes read the log of changes at least this often.</summary>
    private const int PollMillisecondsMax = 400;

    /// <summary>After the answer of a revoke: longer than any key may still be read with.</summary>
    private static readonly TimeSpan s_watchedFor = TimeSpan.FromSeconds(6);

    /// <summary>Once refused a key is never taken again; what was on its way is waited for.</summary>
    private static readonly TimeSpan s_quietFor = TimeSpan.FromMilliseconds(250);

    public static async Task<Result> RunAsync(
        Channel channel,
        int keys,
        PostgresCluster cluster,
        Children children,
        string directory
    )
    {
        var connectionString = await CreateDatabaseAsync(cluster, channel);
        var ofNodes = connectionString + channel.ConnectionSuffix;
        var port = FirstPort + (2 * Channels.All.ToList().IndexOf(channel));
        using var a = Node.Start("node-a-" + channel.Name, port, ofNodes, children, directory);
        using var b = Node.Start("node-b-" + channel.Name, port + 1, ofNodes, children, directory);
        var stock = await KeyStock.MakeAsync(connectionString, DemoKeyOf(a), keys);
        var result = new Result { Channel = channel, Keys = keys };
        await using var killer = channel.KillEvery is { } every
            ? new ListenerKiller(connectionString, every)
            : null;
        var trial = new Trial(a, b, result);
        for (var i = 0; i < stock.Count; i++)
        {
            await trial.RevokeAsync(stock[i], on: i % 2 == 0 ? a : b);
            if ((i + 1) % 50 == 0)
            {
                Console.Error.WriteLine($"{channel.Name}: {i + 1} of {keys} keys");
            }
        }

        return result with
        {
            ListenersKilled = killer?.Killed ?? 0,
        };
    }

    private async Task RevokeAsync(string key, Node on)
    {
        foreach (var node in new[] { a, b })
        {
            if (!await node.ReadsAsync(key) || !await node.InfersAsync(key))
            {
                throw new BenchException("a key was refused before it was revoked");
            }
        }

        using var stop = new CancellationTokenSource();
        List<(string What, Task<List<Asked>> Asks)> watches = [];
        foreach (var node in new[] { a, b })
        {
            var side = node == on ? "node of the revoke" : "other node";
            watches.Add(("inference, " + side, AskAsync(() => node.InfersAsync(key), stop.Token)));
            watches.Add(("reads, " + side, AskAsync(() => node.ReadsAsync(key), stop.Token)));
        }

        // Some requests before it, so that it falls among them; and at any moment of the nodes' own
        // rhythm, which the answer of the last one has just followed.
        await Task.Delay(RandomNumberGenerator.GetInt32(20, PollMillisecondsMax));
        var sentAt = Stopwatch.GetTimestamp();
        await on.RevokeAsync(key);
        var answeredAt = Stopwatch.GetTimestamp();
        stop.CancelAfter(s_watchedFor);
        result.Answers.Add(Ms(answeredAt - sentAt));
        foreach (var (what, asks) in watches)
        {
            // None at all where even the first was still on its way.
            var lastTaken = (await asks)
                .Where(one => one.IsTaken)
                .Select(one => one.SentAt)
                .DefaultIfEmpty()
                .Max();
            Add(result.TakenAfterAnswer, what, Ms(Math.Max(0, lastTaken - answeredAt)));
            Add(result.TakenAfterSending, what, Ms(Math.Max(0, lastTaken - sentAt)));
        }
    }

    private static async Task<List<Asked>> AskAsync(Func<Task<bool>> ask, CancellationToken stop)
    {
        List<Asked> asked = [];
        var refusedSince = long.MaxValue;
        while (!stop.IsCancellationRequested && !IsQuiet(refusedSince))
        {
            var sentAt = Stopwatch.GetTimestamp();
            var isTaken = await ask();
            asked.Add(new Asked(sentAt, isTaken));
            refusedSince = isTaken ? long.MaxValue : Math.Min(refusedSince, sentAt);
        }

        return asked;
    }

    private static bool IsQuiet(long since) =>
        since != long.MaxValue && Stopwatch.GetElapsedTime(since) > s_quietFor;

    private static async Task<string> CreateDatabaseAsync(PostgresCluster cluster, Channel channel)
    {
        await ExecuteAsync(cluster.ConnectionString, $"CREATE DATABASE r_{channel.Name}");
        var own = new NpgsqlConnectionStringBuilder(cluster.ConnectionString)
        {
            Database = "r_" + channel.Name,
        };
        if (channel.Prepare is { } sql)
        {
            await ExecuteAsync(own.ConnectionString, sql);
        }

        return own.ConnectionString;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string DemoKeyOf(Node node)
    {
        using var demo = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(node.Data, "demo.json"))
        );
        return demo.RootElement.GetProperty("api_key").GetString()!;
    }

    private static void Add(Dictionary<string, List<double>> to, string what, double value)
    {
        if (!to.TryGetValue(what, out var values))
        {
            to[what] = values = [];
        }

        values.Add(value);
    }

    private static double Ms(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds;
}
