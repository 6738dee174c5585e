using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Which processes may spend, and the leases of those that no longer can.</summary>
internal static class Nodes
{
    private const int ReclaimMax = 200;
    private static readonly TimeSpan s_deadAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_keepEnded = TimeSpan.FromDays(1);

    /// <summary>
    /// Starts a new epoch of this node. Every lease of its former ones comes back at once: a
    /// process that still runs under the same name finds its charges on the late path.
    /// </summary>
    public static NodeStart Start(DbConnection connection, string node, long now)
    {
        var epoch = connection.QueryOne(
            """
            INSERT INTO ledger_node(id, epoch, heartbeat) VALUES(@id, 1, @now)
            ON CONFLICT(id) DO UPDATE
               SET epoch = ledger_node.epoch + 1, heartbeat = excluded.heartbeat
            RETURNING epoch
            """,
            row => row.GetInt64(0),
            ("id", node),
            ("now", now)
        );
        var reclaimed = Reclaim(
            connection,
            Leases.LockWhere(connection, "node = @node", ("node", node)),
            now
        );
        var crashed = connection.QueryOne(
            """
            SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM hold_journal
            WHERE node = @node AND crashed_at IS NULL
            """,
            row => (Count: row.GetInt64(0), Sum: new NanoUsd(row.GetInt64(1))),
            ("node", node)
        );
        connection.Execute(
            """
            UPDATE hold_journal SET crashed_at = @now WHERE node = @node AND crashed_at IS NULL
            """,
            ("now", now),
            ("node", node)
        );
        var last = connection.QueryOne(
            "SELECT hash FROM flush WHERE node = @node ORDER BY epoch DESC, n DESC LIMIT 1",
            row => row.GetString(0),
            ("node", node)
        );
        return new NodeStart(
            new NodeIdentity(node, epoch),
            last ?? "",
            reclaimed,
            (int)crashed.Count,
            crashed.Sum
        );
    }

    public static bool IsCurrent(DbConnection connection, NodeIdentity node) =>
        connection.QueryOne(
            "SELECT epoch FROM ledger_node WHERE id = @id",
            row => row.GetInt64(0),
            ("id", node.Node)
        ) == node.Epoch;

    /// <returns>False when a newer process runs under this name.</returns>
    public static bool Beat(DbConnection connection, NodeIdentity node, long now) =>
        connection.Execute(
            "UPDATE ledger_node SET heartbeat = @now WHERE id = @id AND epoch = @epoch",
            ("now", now),
            ("id", node.Node),
            ("epoch", node.Epoch)
        ) == 1;

    /// <summary>
    /// Takes back leases past their hard end and, unless this node is still learning who lives,
    /// leases of nodes without a heartbeat. Too early costs the operator a late charge, never the
    /// user an overdraft.
    /// </summary>
    public static int Sweep(DbConnection connection, bool mayDeclareDead, long now)
    {
        connection.Execute(
            "DELETE FROM lease WHERE hard_at < @before AND state <> 'open'",
            ("before", now - (long)s_keepEnded.TotalMilliseconds)
        );
        var deadBefore = mayDeclareDead ? now - (long)s_deadAfter.TotalMilliseconds : 0;
        var ended = Leases.LockWhere(
            connection,
            $"""
            id IN (SELECT l.id FROM lease l JOIN ledger_node n ON n.id = l.node
                   WHERE l.state = 'open' AND (l.hard_at < @now OR n.heartbeat < @dead)
                   ORDER BY l.id LIMIT {ReclaimMax})
            """,
            ("now", now),
            ("dead", deadBefore)
        );
        return Reclaim(connection, ended, now);
    }

    private static int Reclaim(DbConnection connection, List<LeaseRow> leases, long now)
    {
        foreach (
            var group in leases
                .GroupBy(lease => lease.Project, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            var wallet = Wallet.Lock(connection, group.Key);
            Invariant.Holds(wallet is not null, "a lease belongs to a wallet");
            foreach (var lease in group)
            {
                Leases.End(connection, lease, wallet, "reclaimed", now);
            }

            Credit.Tidy(connection, wallet, now);
            wallet.Save(connection);
        }

        return leases.Count;
    }
}

/// <param name="Identity">This process from now on.</param>
/// <param name="LastHash">Where the chain of this node's flushes goes on.</param>
/// <param name="Reclaimed">Leases of its former process.</param>
/// <param name="CrashedHolds">Requests that ran when it died: never charged.</param>
/// <param name="CrashedAmount">The most that these can have cost the operator.</param>
internal sealed record NodeStart(
    NodeIdentity Identity,
    string LastHash,
    int Reclaimed,
    int CrashedHolds,
    NanoUsd CrashedAmount
);
