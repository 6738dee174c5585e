using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// Tells once when a balance has become low. A project is noted when it has more than the low mark
/// and taken off the list when it has fallen below it, so that a balance that stays low, or that
/// was never anything else, is told of no second time. It is looked at now and then; no settlement
/// pays for it.
/// </summary>
internal sealed class LowBalances(Database database, LedgerOptions options)
{
    private const int BatchMax = 500;

    // Durable charges of open leases are spent, though not folded into the wallet yet.
    private const string UnspentSql = """
        w.paid_in - w.paid_out + w.promo_in - w.promo_out - w.debt - COALESCE((
            SELECT CAST(SUM(l.paid_used - l.paid_folded + l.promo_used - l.promo_folded) AS BIGINT)
            FROM lease l WHERE l.project = w.project AND l.state = 'open'), 0)
        """;

    private static readonly (string Name, object? Value)[] s_nothing = [];

    public static Migration Table { get; } =
        new(
            "ledger-low-0001",
            "CREATE TABLE low_balance_watch(project TEXT PRIMARY KEY, at BIGINT NOT NULL);"
        );

    /// <summary>Notes balances that have more than the mark now.</summary>
    public Task NoteAsync() => database.WriteAsync(connection => Note(connection, project: null));

    /// <summary>In the transaction of a credit, so that one that is spent at once is noted
    /// too.</summary>
    public int Note(DbConnection connection, ProjectId? project) =>
        connection.Execute(
            $"""
            INSERT INTO low_balance_watch(project, at)
            SELECT w.project, @now FROM wallet w
            WHERE w.state = 'active' AND {(project is null ? "" : "w.project = @project AND")}
                {UnspentSql} >= @mark AND NOT EXISTS (
                    SELECT 1 FROM low_balance_watch n WHERE n.project = w.project)
            ON CONFLICT(project) DO NOTHING
            """,
            [
                ("now", database.Now(connection)),
                ("mark", options.LowBelow.Value),
                .. project is { } only ? [("project", (object?)only.Value)] : s_nothing,
            ]
        );

    /// <summary>Noted projects that are low now.</summary>
    public async Task<IReadOnlyList<ProjectId>> FallenAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            $"""
            SELECT n.project FROM low_balance_watch n JOIN wallet w ON w.project = n.project
            WHERE {UnspentSql} < @mark ORDER BY n.project LIMIT @max
            """,
            row => new ProjectId(row.GetString(0)),
            ("mark", options.LowBelow.Value),
            ("max", (long)BatchMax)
        );
    }

    /// <summary>In the transaction of what tells of it.</summary>
    /// <returns>When it was noted, which names this fall; null when somebody else was
    /// first.</returns>
    public static long? Take(DbConnection connection, ProjectId project)
    {
        var at = connection.QueryOne<long?>(
            "SELECT at FROM low_balance_watch WHERE project = @project" + connection.ForUpdate(),
            row => row.GetInt64(0),
            ("project", project.Value)
        );
        connection.Execute(
            "DELETE FROM low_balance_watch WHERE project = @project",
            ("project", project.Value)
        );
        return at;
    }
}
