using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Monthly spend of keys and connections, and the parts of their limits that are lent to nodes
/// together with leases.
/// </summary>
internal static class Allowances
{
    private readonly record struct Spend(NanoUsd Used, NanoUsd Leased);

    /// <summary>Takes back what the node does not hold, then lends what it needs under the limit.</summary>
    public static AllowanceReply Lend(
        DbConnection connection,
        string lease,
        AllowanceWant want,
        LeasePolicy policy
    )
    {
        var spend = LockSpend(connection, want.Key);
        var (granted, used) = LentTo(connection, lease, want.Key);
        var kept = NanoUsd.Max(want.Keep, used);
        kept = NanoUsd.Min(kept, granted);
        var leased = spend.Leased - (granted - kept);
        var left = want.Cap - spend.Used - leased;
        var more = policy.Grant(left, want.Need, NanoUsd.Zero);
        Set(connection, lease, want.Key, kept + more);
        SaveLeased(connection, want.Key, leased + more);
        return new(want.Key, want.Cap, kept + more, used, spend.Used, left - more);
    }

    /// <summary>Gives back what exceeds what the node keeps.</summary>
    public static void Cut(DbConnection connection, string lease, AllowanceWant want)
    {
        var spend = LockSpend(connection, want.Key);
        var (granted, used) = LentTo(connection, lease, want.Key);
        var kept = NanoUsd.Min(NanoUsd.Max(want.Keep, used), granted);
        Set(connection, lease, want.Key, kept);
        SaveLeased(connection, want.Key, spend.Leased - (granted - kept));
    }

    public static void ReturnAll(DbConnection connection, string lease)
    {
        var lent = connection.Query(
            """
            SELECT scope, subject, month, granted - used FROM lease_allowance
            WHERE lease = @lease ORDER BY scope, subject, month
            """,
            row => (Key: ReadKey(row), Unused: new NanoUsd(row.GetInt64(3))),
            ("lease", lease)
        );
        foreach (var (key, unused) in lent)
        {
            var spend = LockSpend(connection, key);
            SaveLeased(connection, key, spend.Leased - unused);
        }

        if (lent.Count > 0)
        {
            connection.Execute(
                "DELETE FROM lease_allowance WHERE lease = @lease",
                ("lease", lease)
            );
        }
    }

    /// <summary>What a late charge may still take under the limit that its payer had.</summary>
    public static NanoUsd LeftOf(DbConnection connection, AllowanceKey key, NanoUsd cap)
    {
        var spend = LockSpend(connection, key);
        return NanoUsd.Max(NanoUsd.Zero, cap - spend.Used - spend.Leased);
    }

    /// <summary>Counts charges; what was taken from a lease's allowance is no longer lent.</summary>
    public static void Count(
        DbConnection connection,
        IReadOnlyCollection<KeyValuePair<AllowanceKey, NanoUsd>> spent,
        IReadOnlyCollection<KeyValuePair<(string Lease, AllowanceKey Key), NanoUsd>> fromLeases
    )
    {
        connection.ExecuteMany(
            """
            INSERT INTO spend(scope, subject, month, used, leased)
            VALUES(@scope, @subject, @month, @amount, 0)
            ON CONFLICT(scope, subject, month) DO UPDATE SET used = spend.used + excluded.used
            """,
            ["scope", "subject", "month", "amount"],
            [.. spent.Select(s => Values(s.Key, s.Value))]
        );
        if (fromLeases.Count == 0)
        {
            return;
        }

        var taken = connection.ExecuteMany(
            """
            UPDATE lease_allowance SET used = used + @amount
            WHERE lease = @lease AND scope = @scope AND subject = @subject AND month = @month
            """,
            ["scope", "subject", "month", "amount", "lease"],
            [.. fromLeases.Select(f => (object?[])[.. Values(f.Key.Key, f.Value), f.Key.Lease])]
        );
        Invariant.Holds(taken.All(n => n == 1), "a lease's allowance lives as long as the lease");
        connection.ExecuteMany(
            """
            UPDATE spend SET leased = leased - @amount
            WHERE scope = @scope AND subject = @subject AND month = @month
            """,
            ["scope", "subject", "month", "amount"],
            [.. fromLeases.Select(f => Values(f.Key.Key, f.Value))]
        );
    }

    /// <summary>A correction gives back what was counted before.</summary>
    public static void Uncount(DbConnection connection, AllowanceKey key, NanoUsd amount) =>
        connection.Execute(
            """
            UPDATE spend SET used = used - @amount
            WHERE scope = @scope AND subject = @subject AND month = @month
            """,
            ("amount", amount.Value),
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month)
        );

    private static object?[] Values(AllowanceKey key, NanoUsd amount) =>
        [key.ScopeName, key.Subject, key.Month, amount.Value];

    private static Spend LockSpend(DbConnection connection, AllowanceKey key)
    {
        connection.Execute(
            """
            INSERT INTO spend(scope, subject, month, used, leased)
            VALUES(@scope, @subject, @month, 0, 0)
            ON CONFLICT(scope, subject, month) DO NOTHING
            """,
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month)
        );
        return connection.QueryOne(
            $"""
            SELECT used, leased FROM spend
            WHERE scope = @scope AND subject = @subject AND month = @month{connection.ForUpdate()}
            """,
            row => new Spend(new(row.GetInt64(0)), new(row.GetInt64(1))),
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month)
        );
    }

    private static void SaveLeased(DbConnection connection, AllowanceKey key, NanoUsd leased) =>
        connection.Execute(
            """
            UPDATE spend SET leased = @leased
            WHERE scope = @scope AND subject = @subject AND month = @month
            """,
            ("leased", leased.Value),
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month)
        );

    private static (NanoUsd Granted, NanoUsd Used) LentTo(
        DbConnection connection,
        string lease,
        AllowanceKey key
    ) =>
        connection.QueryOne(
            """
            SELECT granted, used FROM lease_allowance
            WHERE lease = @lease AND scope = @scope AND subject = @subject AND month = @month
            """,
            row => (new NanoUsd(row.GetInt64(0)), new NanoUsd(row.GetInt64(1))),
            ("lease", lease),
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month)
        );

    private static void Set(
        DbConnection connection,
        string lease,
        AllowanceKey key,
        NanoUsd granted
    ) =>
        connection.Execute(
            """
            INSERT INTO lease_allowance(lease, scope, subject, month, granted, used)
            VALUES(@lease, @scope, @subject, @month, @granted, 0)
            ON CONFLICT(lease, scope, subject, month) DO UPDATE SET granted = excluded.granted
            """,
            ("lease", lease),
            ("scope", key.ScopeName),
            ("subject", key.Subject),
            ("month", key.Month),
            ("granted", granted.Value)
        );

    private static AllowanceKey ReadKey(DbDataReader row) =>
        new(
            row.GetString(0) == "key" ? AllowanceScope.Key : AllowanceScope.Connection,
            row.GetString(1),
            (int)row.GetInt64(2)
        );
}
