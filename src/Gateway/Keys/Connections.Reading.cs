using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

public enum ConnectionState
{
    Active,

    /// <summary>Its user stopped it for a while.</summary>
    Paused,
    Revoked,
}

/// <summary>A grant as it stands now.</summary>
public sealed record ConnectionReading
{
    public required Connection Grant { get; init; }

    public required ConnectionState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

// Showing what was granted.
public sealed partial class Connections
{
    private const string SelectSql = """
        SELECT id, owner, project, app, state, scopes, markup_bps, monthly_limit_nano_usd,
               created_at
          FROM connection
        """;

    /// <summary>A person's connections, the newest first, revoked ones included.</summary>
    public async Task<IReadOnlyList<ConnectionReading>> ListAsync(
        UserId owner,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            SelectSql + " WHERE owner = @owner ORDER BY id DESC",
            Read,
            ("owner", owner.Value)
        );
    }

    public async Task<ConnectionReading?> FindAsync(ConnectionId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Find(connection, id);
    }

    public static ConnectionReading? Find(DbConnection connection, ConnectionId id) =>
        connection.QueryOne(SelectSql + " WHERE id = @id", Read, ("id", id.Value));

    /// <summary>What a person has granted to an app and not taken back, the newest first.</summary>
    public static IReadOnlyList<ConnectionReading> Live(
        DbConnection connection,
        UserId owner,
        AppId app
    ) =>
        connection.Query(
            SelectSql
                + " WHERE owner = @owner AND app = @app AND state <> 'revoked' ORDER BY id DESC",
            Read,
            ("owner", owner.Value),
            ("app", app.Value)
        );

    private static ConnectionReading Read(DbDataReader row) =>
        new()
        {
            Grant = new Connection
            {
                Id = new ConnectionId(row.GetString(0)),
                Owner = new UserId(row.GetString(1)),
                Project = new ProjectId(row.GetString(2)),
                App = new AppId(row.GetString(3)),
                Scopes = Scopes.Read(row.GetString(5)),
                MarkupBps = (int)row.GetInt64(6),
                MonthlyLimit = row.LongOrNull(7) is { } limit ? new NanoUsd(limit) : null,
            },
            State = Enum.Parse<ConnectionState>(row.GetString(4), ignoreCase: true),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
        };
}
