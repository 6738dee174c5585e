using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>This process among the nodes of the store.</summary>
internal readonly record struct NodeIdentity(string Node, long Epoch);

/// <summary>A lease's row, locked for this transaction.</summary>
internal sealed record LeaseRow
{
    public required string Id { get; init; }

    public required string Project { get; init; }

    public required string Node { get; init; }

    public required long Epoch { get; init; }

    public required Funds Granted { get; init; }

    public required Funds Used { get; init; }

    public required Funds Folded { get; init; }
}

/// <summary>
/// Leases as rows. Rows are locked in one order everywhere: leases by id, then wallets by project,
/// then limits, then accounts.
/// </summary>
internal static class Leases
{
    private const string Columns =
        "id, project, node, epoch, paid, promo, paid_used, promo_used, paid_folded, promo_folded";

    /// <summary>Open leases of one node for one project: one, unless an answer was lost.</summary>
    public static List<LeaseRow> LockOf(DbConnection connection, string project, string node) =>
        connection.Query(
            $"""
            SELECT {Columns} FROM lease
            WHERE project = @project AND node = @node AND state = 'open'
            ORDER BY id{connection.ForUpdate()}
            """,
            Read,
            ("project", project),
            ("node", node)
        );

    public static LeaseRow? Lock(DbConnection connection, string id) =>
        connection.QueryOne(
            $"SELECT {Columns} FROM lease WHERE id = @id AND state = 'open'{connection.ForUpdate()}",
            Read,
            ("id", id)
        );

    public static List<LeaseRow> LockWhere(
        DbConnection connection,
        string condition,
        params ReadOnlySpan<(string Name, object? Value)> parameters
    ) =>
        connection.Query(
            $"""
            SELECT {Columns} FROM lease WHERE state = 'open' AND {condition}
            ORDER BY id{connection.ForUpdate()}
            """,
            Read,
            parameters
        );

    public static void Insert(
        DbConnection connection,
        string id,
        string project,
        NodeIdentity node,
        Funds granted,
        long hardAt
    ) =>
        connection.Execute(
            """
            INSERT INTO lease(id, project, node, epoch, state, paid, promo, paid_used, promo_used,
                paid_folded, promo_folded, hard_at, recall)
            VALUES(@id, @project, @node, @epoch, 'open', @paid, @promo, 0, 0, 0, 0, @hard_at, 0)
            """,
            ("id", id),
            ("project", project),
            ("node", node.Node),
            ("epoch", node.Epoch),
            ("paid", granted.Paid.Value),
            ("promo", granted.Promo.Value),
            ("hard_at", hardAt)
        );

    /// <summary>
    /// Moves what was used since the last time from the lease into its wallet. The caller saves the
    /// wallet.
    /// </summary>
    public static LeaseRow Fold(DbConnection connection, LeaseRow lease, Wallet wallet, long now)
    {
        var used = lease.Used - lease.Folded;
        if (used == Funds.None)
        {
            return lease;
        }

        wallet.Out += used;
        wallet.Leased -= used;
        connection.Execute(
            "UPDATE lease SET paid_folded = paid_used, promo_folded = promo_used WHERE id = @id",
            ("id", lease.Id)
        );
        var cause = string.Create(
            CultureInfo.InvariantCulture,
            $"fold:{lease.Id}:{lease.Used.Total.Value}"
        );
        Lots.Draw(connection, lease.Project, Lots.Promo, used.Promo, cause, now);
        Lots.Draw(connection, lease.Project, Lots.Paid, used.Paid, cause, now);
        return lease with { Folded = lease.Used };
    }

    /// <summary>Ends a lease and gives its rest back, money and limits alike.</summary>
    /// <param name="connection">In a write.</param>
    /// <param name="lease">Locked.</param>
    /// <param name="wallet">Locked; the caller saves it.</param>
    /// <param name="state">closed by its node, or reclaimed from it.</param>
    /// <param name="now">The store's clock.</param>
    public static void End(
        DbConnection connection,
        LeaseRow lease,
        Wallet wallet,
        string state,
        long now
    )
    {
        var folded = Fold(connection, lease, wallet, now);
        wallet.Leased -= folded.Granted - folded.Used;
        connection.Execute(
            "UPDATE lease SET state = @state, hard_at = @now, recall = 0 WHERE id = @id",
            ("state", state),
            ("now", now),
            ("id", lease.Id)
        );
        Allowances.ReturnAll(connection, lease.Id);
    }

    /// <summary>Gives back what exceeds <paramref name="keep"/>. The caller saves the wallet.</summary>
    public static void Cut(DbConnection connection, LeaseRow lease, Funds keep, Wallet wallet)
    {
        // Charges that are on their way are part of what the node keeps.
        var granted = Funds.Max(keep, lease.Used);
        wallet.Leased -= lease.Granted - granted;
        connection.Execute(
            "UPDATE lease SET paid = @paid, promo = @promo, recall = 0 WHERE id = @id",
            ("paid", granted.Paid.Value),
            ("promo", granted.Promo.Value),
            ("id", lease.Id)
        );
    }

    public static void Extend(DbConnection connection, string id, Funds granted, long hardAt) =>
        connection.Execute(
            """
            UPDATE lease SET paid = @paid, promo = @promo, hard_at = @hard_at WHERE id = @id
            """,
            ("paid", granted.Paid.Value),
            ("promo", granted.Promo.Value),
            ("hard_at", hardAt),
            ("id", id)
        );

    /// <summary>Used and not folded yet, of all nodes; and whether other nodes have leases.</summary>
    public static (NanoUsd Unfolded, bool Others) SumOf(
        DbConnection connection,
        string project,
        string node
    ) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(paid_used - paid_folded + promo_used - promo_folded), 0)
                    AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN node <> @node THEN 1 ELSE 0 END), 0) AS BIGINT)
            FROM lease WHERE project = @project AND state = 'open'
            """,
            row => (new NanoUsd(row.GetInt64(0)), row.GetInt64(1) > 0),
            ("node", node),
            ("project", project)
        );

    private static LeaseRow Read(DbDataReader row) =>
        new()
        {
            Id = row.GetString(0),
            Project = row.GetString(1),
            Node = row.GetString(2),
            Epoch = row.GetInt64(3),
            Granted = new(new(row.GetInt64(4)), new(row.GetInt64(5))),
            Used = new(new(row.GetInt64(6)), new(row.GetInt64(7))),
            Folded = new(new(row.GetInt64(8)), new(row.GetInt64(9))),
        };
}
