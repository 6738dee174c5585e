using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>What resellers give back of usage that its user has taken the money back for.</summary>
/// <param name="Reseller">Whose earning it was.</param>
/// <param name="Id">Of the transfer in the journal.</param>
/// <param name="Amount">All of it.</param>
/// <param name="Owed">Of it, what the reseller's available earnings did not cover.</param>
public sealed record TakenBack(string Reseller, string Id, NanoUsd Amount, NanoUsd Owed);

/// <summary>
/// A dispute or a refund of money that was spent leaves a debt. The resellers' share of the usage
/// that this money had paid is taken back from them, in proportion to what is unpaid now, and makes
/// the user's debt smaller. What the wallet still covered costs no reseller anything.
/// </summary>
internal static class TakeBacks
{
    private sealed record Draw(string Cause, long Amount);

    private sealed record Booked(string Reseller, long Earned, long Paid);

    /// <param name="connection">In a write.</param>
    /// <param name="wallet">Locked; its debt is lowered, and the caller saves it.</param>
    /// <param name="cause">The event, such as "dispute:dp_1"; also its group in the journal.</param>
    /// <param name="lot">Whose money went back; null where nobody knows.</param>
    /// <param name="unpaid">The debt that the event has made.</param>
    /// <param name="postings">The caller's; saved after this.</param>
    /// <param name="now">The store's clock.</param>
    public static List<TakenBack> Book(
        DbConnection connection,
        Wallet wallet,
        string cause,
        string? lot,
        NanoUsd unpaid,
        Postings postings,
        long now
    )
    {
        if (lot is null || unpaid == NanoUsd.Zero)
        {
            return [];
        }

        // What was used and not folded yet was paid by some lot too; now it is known by which.
        foreach (
            var lease in Leases.LockWhere(
                connection,
                "project = @project",
                ("project", wallet.Project)
            )
        )
        {
            Leases.Fold(connection, lease, wallet, now);
        }

        var draws = DrawsOf(connection, lot);
        var drawn = draws.Sum(draw => draw.Amount);
        List<TakenBack> taken = [];
        foreach (var (reseller, share) in SharesOf(connection, wallet.Project, draws))
        {
            var part = drawn <= unpaid.Value ? share : Scaled(share, unpaid.Value, drawn);
            var left = share - Before(connection, wallet.Project, lot, reseller);
            var amount = new NanoUsd(Math.Min(Math.Min(part, left), wallet.Debt.Value));
            if (amount > NanoUsd.Zero)
            {
                taken.Add(Take(connection, wallet, cause, lot, reseller, amount, postings, now));
            }
        }

        return taken;
    }

    /// <summary>The money has come back, so the resellers' share of it goes back to them.</summary>
    /// <returns>How much of it that was.</returns>
    public static NanoUsd Undo(
        DbConnection connection,
        Wallet wallet,
        string cause,
        Postings postings,
        long now
    )
    {
        var taken = connection.Query(
            """
            SELECT ext, CAST(SUM(amount) AS BIGINT) FROM transfer
            WHERE grp = @grp AND kind = 'take_back' GROUP BY ext ORDER BY ext
            """,
            row => (What: row.GetString(0), Amount: new NanoUsd(row.GetInt64(1))),
            ("grp", cause)
        );
        var total = NanoUsd.Zero;
        foreach (var (what, amount) in taken)
        {
            var reseller = what.Split(' ')[0];
            var account = Reseller.OpenAndLock(connection, reseller, wallet.Currency);
            account.Receive(
                connection,
                new ResellerMove
                {
                    Id = $"take_back_undone:{cause}:{reseller}",
                    Group = cause,
                    Project = wallet.Project,
                    Kind = "take_back_undone",
                    Other = Accounts.StripeCash,
                    Amount = amount,
                    External = what,
                    At = now,
                },
                postings
            );
            account.Save(connection);
            total += amount;
        }

        return total;
    }

    private static TakenBack Take(
        DbConnection connection,
        Wallet wallet,
        string cause,
        string lot,
        string reseller,
        NanoUsd amount,
        Postings postings,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, wallet.Currency);
        var move = new ResellerMove
        {
            Id = $"take_back:{cause}:{reseller}",
            Group = cause,
            // It lowers what the project owes, so its statement shows it.
            Project = wallet.Project,
            Kind = "take_back",
            Other = Accounts.DebtOf(wallet.Project),
            Amount = amount,
            External = $"{reseller} {lot}",
            At = now,
        };
        var owed = account.Take(connection, move, postings);
        account.Save(connection);
        wallet.Debt -= amount;
        return new TakenBack(reseller, move.Id, amount, owed);
    }

    // What charges drew, by what drew it; corrections gave some of it back.
    private static List<Draw> DrawsOf(DbConnection connection, string lot) =>
        connection.Query(
            """
            SELECT cause, CAST(SUM(amount) AS BIGINT) FROM lot_draw
            WHERE lot = @lot
                AND (cause LIKE 'fold:%' OR cause LIKE 'late:%' OR cause LIKE 'correction:%')
            GROUP BY cause ORDER BY cause
            """,
            row => new Draw(row.GetString(0), row.GetInt64(1)),
            ("lot", lot)
        );

    /// <summary>By reseller, in the order of their ids. A lease is folded as a whole, so its charges
    /// share what it drew in proportion.</summary>
    private static SortedDictionary<string, long> SharesOf(
        DbConnection connection,
        string project,
        List<Draw> draws
    )
    {
        var drawnByLease = draws
            .Where(draw => draw.Cause.StartsWith("fold:", StringComparison.Ordinal))
            .GroupBy(draw => draw.Cause.Split(':')[1], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(draw => draw.Amount), StringComparer.Ordinal);
        SortedDictionary<string, long> shares = new(StringComparer.Ordinal);
        foreach (var lease in LeasesOf(connection, project).GroupBy(found => found.Lease))
        {
            var paid = lease.Sum(found => found.Booked.Paid);
            if (drawnByLease.TryGetValue(lease.Key, out var drawn) && paid > 0)
            {
                foreach (var (_, booked) in lease)
                {
                    Add(booked with { Paid = paid }, Math.Min(drawn, paid));
                }
            }
        }

        foreach (
            var draw in draws.Where(d => !d.Cause.StartsWith("fold:", StringComparison.Ordinal))
        )
        {
            if (RowOf(connection, draw.Cause) is { } booked)
            {
                Add(booked, draw.Amount);
            }
        }

        return shares;

        void Add(Booked booked, long drawn)
        {
            if (booked.Reseller.Length > 0 && booked.Paid != 0)
            {
                shares[booked.Reseller] =
                    shares.GetValueOrDefault(booked.Reseller)
                    + Scaled(booked.Earned, drawn, booked.Paid);
            }
        }
    }

    private static List<(string Lease, Booked Booked)> LeasesOf(
        DbConnection connection,
        string project
    ) =>
        connection.Query(
            """
            SELECT lease, COALESCE(reseller, ''), CAST(SUM(earned) AS BIGINT),
                CAST(SUM(paid) AS BIGINT)
            FROM charge WHERE project = @project AND lease IS NOT NULL
            GROUP BY lease, reseller ORDER BY lease, reseller
            """,
            row =>
                (row.GetString(0), new Booked(row.GetString(1), row.GetInt64(2), row.GetInt64(3))),
            ("project", project)
        );

    // "late:{id}:{seq}" and "correction:{id}:{seq}" name the row itself.
    private static Booked? RowOf(DbConnection connection, string cause)
    {
        var parts = cause.Split(':');
        return connection.QueryOne(
            """
            SELECT COALESCE(reseller, ''), earned, paid FROM charge WHERE id = @id AND seq = @seq
            """,
            row => new Booked(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
            ("id", parts[1]),
            ("seq", long.Parse(parts[2], CultureInfo.InvariantCulture))
        );
    }

    private static long Before(
        DbConnection connection,
        string project,
        string lot,
        string reseller
    ) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'take_back' THEN amount ELSE -amount END), 0)
                AS BIGINT)
            FROM transfer
            WHERE project = @project AND ext = @what
                AND kind IN ('take_back', 'take_back_undone')
            """,
            row => row.GetInt64(0),
            ("project", project),
            ("what", $"{reseller} {lot}")
        );

    private static long Scaled(long amount, long part, long whole) =>
        (long)((Int128)amount * part / whole);
}
