using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// What crosses from this room upward is a row: "unspent fell below N". Whoever wants to act on low
/// balances sets a watch and reads which of them have fallen. It looks at unspent money, never at
/// the part that is not lent to a node (ruling 2).
/// </summary>
internal sealed class BalanceWatches(Database database)
{
    private const int BatchMax = 10_000;

    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "ledger-watch-0001",
            """
            CREATE TABLE balance_watch(
                project TEXT PRIMARY KEY,
                below BIGINT NOT NULL CHECK(below > 0),
                fell_at BIGINT
            );
            CREATE INDEX balance_watch_fallen ON balance_watch(fell_at) WHERE fell_at IS NOT NULL;
            """
        ),
        LowBalances.Table,
    ];

    /// <summary>Sets or, without a figure, ends the watch, in the caller's transaction.</summary>
    public static void Set(
        System.Data.Common.DbConnection connection,
        ProjectId project,
        NanoUsd? below
    )
    {
        if (below is { } figure)
        {
            connection.Execute(
                """
                INSERT INTO balance_watch(project, below) VALUES(@project, @below)
                ON CONFLICT(project) DO UPDATE SET below = excluded.below, fell_at = NULL
                """,
                ("project", project.Value),
                ("below", figure.Value)
            );
        }
        else
        {
            connection.Execute(
                "DELETE FROM balance_watch WHERE project = @project",
                ("project", project.Value)
            );
        }
    }

    /// <summary>Writes down which balances have fallen below their figure or risen again. Reads
    /// only, as long as nothing has changed; any number of nodes may do it at once.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        List<string> changed;
        await using (var connection = await database.OpenAsync(ct))
        {
            changed = connection.Query(
                ChangedSql,
                row => row.GetString(0),
                ("max", (long)BatchMax)
            );
        }

        if (changed.Count > 0)
        {
            await database.WriteAsync(connection =>
            {
                foreach (var project in changed)
                {
                    Judge(connection, project, database.Now(connection));
                }

                return true;
            });
        }
    }

    /// <summary>The projects whose balance is below the figure of their watch, the longest
    /// first.</summary>
    public async Task<IReadOnlyList<ProjectId>> FallenAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT project FROM balance_watch WHERE fell_at IS NOT NULL
            ORDER BY fell_at LIMIT @max
            """,
            row => new ProjectId(row.GetString(0)),
            ("max", (long)BatchMax)
        );
    }

    private static void Judge(System.Data.Common.DbConnection connection, string project, long now)
    {
        if (WalletReading.Of(connection, project) is { } wallet)
        {
            connection.Execute(
                """
                UPDATE balance_watch
                   SET fell_at = CASE WHEN @unspent < below THEN COALESCE(fell_at, @now) END
                 WHERE project = @project
                """,
                ("unspent", wallet.Balance.Value),
                ("now", now),
                ("project", project)
            );
        }
    }

    // Durable charges of open leases are spent, though not folded into the wallet yet.
    private const string ChangedSql = """
        SELECT b.project FROM balance_watch b
        JOIN wallet w ON w.project = b.project
        LEFT JOIN (
            SELECT project, CAST(SUM(
                paid_used - paid_folded + promo_used - promo_folded) AS BIGINT) AS used
            FROM lease WHERE state = 'open' GROUP BY project
        ) u ON u.project = b.project
        WHERE CASE
            WHEN w.paid_in - w.paid_out + w.promo_in - w.promo_out - w.debt
                - COALESCE(u.used, 0) < b.below THEN b.fell_at IS NULL
            ELSE b.fell_at IS NOT NULL END
        LIMIT @max
        """;
}
