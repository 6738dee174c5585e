using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>A connection as its user sees it.</summary>
public sealed record GrantedConnection
{
    public required Connection Grant { get; init; }

    public required ConnectionState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of any of its keys.</summary>
    public DateOnly? LastUsedOn { get; init; }

    /// <summary>Keys that have not been revoked.</summary>
    public required int LiveKeys { get; init; }

    /// <summary>What the app asks for now.</summary>
    public required int AppMarkupBps { get; init; }

    public required bool IsAppSuspended { get; init; }

    /// <summary>It spends nothing until its user agrees to the raised markup.</summary>
    public bool WaitsForConsent => AppMarkupBps > Grant.MarkupBps;
}

/// <summary>Reads for people what <see cref="Connections"/> writes.</summary>
public sealed class GrantedConnections(Database database)
{
    private const string SelectSql = """
        SELECT c.id, c.owner, c.project, c.app, c.scopes, c.markup_bps, c.monthly_limit_nano_usd,
            c.state, c.created_at, a.markup_bps, a.state,
            (SELECT MAX(k.last_used_day) FROM api_key k WHERE k.connection = c.id),
            (SELECT COUNT(*) FROM api_key k WHERE k.connection = c.id AND k.revoked_at IS NULL)
        FROM connection c LEFT JOIN app_standing a ON a.app = c.app
        """;

    /// <summary>All of a person's, ended ones too, the newest first.</summary>
    public async Task<IReadOnlyList<GrantedConnection>> ListAsync(
        UserId owner,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            SelectSql + " WHERE c.owner = @owner ORDER BY c.created_at DESC, c.id DESC",
            Read,
            ("owner", owner.Value)
        );
    }

    public async Task<GrantedConnection?> FindAsync(ConnectionId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(SelectSql + " WHERE c.id = @id", Read, ("id", id.Value));
    }

    private static GrantedConnection Read(DbDataReader row) =>
        new()
        {
            Grant = new Connection
            {
                Id = new(row.GetString(0)),
                Owner = new(row.GetString(1)),
                Project = new(row.GetString(2)),
                App = new(row.GetString(3)),
                Scopes = Scopes.Read(row.GetString(4)),
                MarkupBps = (int)row.GetInt64(5),
                MonthlyLimit = row.LongOrNull(6) is { } limit ? new NanoUsd(limit) : null,
            },
            State = Enum.Parse<ConnectionState>(row.GetString(7), ignoreCase: true),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
            AppMarkupBps = (int)(row.LongOrNull(9) ?? row.GetInt64(5)),
            IsAppSuspended = row.TextOrNull(10) == "suspended",
            LastUsedOn = row.LongOrNull(11) is { } day
                ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day))
                : null,
            LiveKeys = (int)row.GetInt64(12),
        };
}
