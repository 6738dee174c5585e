using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// The store's side of a <see cref="BookCommand"/>: each is one transaction and nothing but its
/// connection is touched, so that whoever drives the core can run it.
/// </summary>
internal static class LeaseStore
{
    public const string WalletChanged = "ledger.wallet";
    public const string LeaseRecalled = "ledger.recall";

    public static AcquireReply Acquire(
        DbConnection connection,
        AcquireCommand command,
        NodeIdentity node,
        LeasePolicy policy,
        string currency,
        long now
    )
    {
        if (!Nodes.IsCurrent(connection, node))
        {
            return new() { Status = AcquireStatus.Fenced };
        }

        var own = Leases.LockOf(connection, command.Project, node.Node);
        if (Wallet.Lock(connection, command.Project) is not { } wallet)
        {
            // A project that never had money may use what costs nothing.
            Wallet.Open(connection, command.Project, currency);
            wallet = Wallet.Lock(connection, command.Project)!;
        }

        LeaseRow? lease = null;
        foreach (var row in own)
        {
            if (row.Id == command.LeaseId && row.Epoch == node.Epoch)
            {
                lease = Leases.Fold(connection, row, wallet, now);
            }
            else
            {
                // Granted to this node in an answer that never arrived, or to its former process.
                Leases.End(connection, row, wallet, "reclaimed", now);
            }
        }

        Credit.Tidy(connection, wallet, now);
        var leaseId = lease?.Id ?? command.NewLeaseId;
        var added =
            wallet.IsActive && command.Grow
                ? wallet.Free.PromoFirst(
                    policy.Grant(wallet.Free.Total, command.Need, command.Recent)
                )
                : Funds.None;
        var granted = (lease?.Granted ?? Funds.None) + added;
        wallet.Leased += added;
        var opens = lease is null && (added != Funds.None || (wallet.IsActive && command.Open));
        var hardAt = checked(now + (long)policy.HardTime.TotalMilliseconds);
        if (lease is not null)
        {
            Leases.Extend(connection, leaseId, granted, hardAt);
        }
        else if (opens)
        {
            Leases.Insert(connection, leaseId, command.Project, node, granted, hardAt);
        }

        wallet.Save(connection);
        var hasLease = lease is not null || opens;
        var (unfolded, others) = Leases.SumOf(connection, command.Project, node.Node);
        return new AcquireReply
        {
            Status = wallet.IsActive ? AcquireStatus.Open : AcquireStatus.Frozen,
            LeaseId = hasLease ? leaseId : null,
            Granted = granted,
            Used = lease?.Used ?? Funds.None,
            Unspent = (wallet.In - wallet.Out).Total - wallet.Debt - unfolded,
            Unleased = wallet.Free.Total,
            OthersHaveLeases = others,
            Allowances =
                hasLease && wallet.IsActive
                    ?
                    [
                        .. command.Allowances.Select(w =>
                            Allowances.Lend(connection, leaseId, w, policy)
                        ),
                    ]
                    : [],
        };
    }

    public static ShrinkReply Shrink(
        DbConnection connection,
        ShrinkCommand command,
        NodeIdentity node,
        long now
    )
    {
        var lease = Leases.Lock(connection, command.LeaseId);
        if (lease is null || lease.Epoch != node.Epoch || lease.Node != node.Node)
        {
            return new(IsLost: true, default, default, default);
        }

        var wallet = Wallet.Lock(connection, command.Project);
        Invariant.Holds(wallet is not null, "a lease belongs to a wallet");
        if (command.Close)
        {
            Leases.End(connection, lease, wallet, "closed", now);
        }
        else
        {
            lease = Leases.Fold(connection, lease, wallet, now);
            Leases.Cut(connection, lease, command.Keep, wallet);
        }

        Credit.Tidy(connection, wallet, now);
        wallet.Save(connection);
        if (!command.Close)
        {
            foreach (var want in command.Allowances)
            {
                Allowances.Cut(connection, lease.Id, want);
            }
        }

        var (unfolded, _) = Leases.SumOf(connection, command.Project, node.Node);
        return new ShrinkReply(
            IsLost: false,
            lease.Used,
            (wallet.In - wallet.Out).Total - wallet.Debt - unfolded,
            wallet.Free.Total
        );
    }

    /// <summary>Marks the leases of other nodes and announces it.</summary>
    /// <returns>Whether there is anything to wait for.</returns>
    public static bool Recall(
        Database database,
        DbConnection connection,
        string project,
        string exceptNode
    )
    {
        // Locked in the order of ids first: nodes recall from one another at the same time.
        var marked = connection.Execute(
            $"""
            UPDATE lease SET recall = 1 WHERE id IN (
                SELECT id FROM lease
                WHERE project = @project AND node <> @node AND state = 'open'
                ORDER BY id{connection.ForUpdate()}
            )
            """,
            ("project", project),
            ("node", exceptNode)
        );
        if (marked > 0)
        {
            database.Record(connection, LeaseRecalled, $"{exceptNode}|{project}");
        }

        return marked > 0;
    }

    /// <summary>Every node has given back what it does not hold.</summary>
    public static bool IsRecallDone(DbConnection connection, string project) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM lease WHERE project = @project AND state = 'open' AND recall = 1
            """,
            row => row.GetInt64(0),
            ("project", project)
        ) == 0;
}
