using Npgsql;

namespace Arda.Gateway.Revocation;

/// <summary>How nodes hear of each other's changes while it is measured.</summary>
internal sealed record Channel(string Name, string What)
{
    /// <summary>Added to the nodes' connection string.</summary>
    public string ConnectionSuffix { get; init; } = "";

    /// <summary>Run in the database before the nodes start.</summary>
    public string? Prepare { get; init; }

    /// <summary>How often every listening connection is ended.</summary>
    public TimeSpan? KillEvery { get; init; }
}

internal static class Channels
{
    public static readonly IReadOnlyList<Channel> All =
    [
        new("working", "LISTEN/NOTIFY as delivered"),
        new("lost", "every NOTIFY is dropped; nodes hear of changes by polling alone")
        {
            // Found before PostgreSQL's own, so that an announcement goes nowhere.
            Prepare = """
                CREATE SCHEMA deaf;
                CREATE FUNCTION deaf.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT';
                """,
            ConnectionSuffix = ";Search Path=public,deaf,pg_catalog",
        },
        new("killed", "the listening connection of both nodes is ended every 50 ms")
        {
            KillEvery = TimeSpan.FromMilliseconds(50),
        },
    ];
}

/// <summary>Ends whatever listens, again and again, until disposed.</summary>
internal sealed class ListenerKiller : IAsyncDisposable
{
    private const string KillSql = """
        SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE query ILIKE 'listen %' AND datname = current_database()
        """;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ListenerKiller(string connectionString, TimeSpan every) =>
        _loop = Task.Run(() => LoopAsync(connectionString, every));

    /// <summary>Connections ended so far.</summary>
    public long Killed { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LoopAsync(string connectionString, TimeSpan every)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        while (!_stop.IsCancellationRequested)
        {
            await using (var kill = new NpgsqlCommand(KillSql, connection))
            {
                Killed += (long)(await kill.ExecuteScalarAsync())!;
            }

            await Task.Delay(every);
        }
    }
}
