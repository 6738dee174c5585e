using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Earnings that have been pending long enough. They mature day by day, each day once; those of a
/// project that the operator must look at go where nothing is paid from.
/// </summary>
internal static class EarningStore
{
    public const string Held = "held";
    public const string Released = "released";
    public const string Forfeited = "forfeited";

    private sealed record DaySum(long Day, string Project, string? State, NanoUsd Earned);

    /// <summary>Of all days before <paramref name="untilDay"/> that have not matured.</summary>
    /// <returns>Whether there was anything.</returns>
    public static bool Mature(
        DbConnection connection,
        string reseller,
        long untilDay,
        string currency,
        long now
    )
    {
        var account = Reseller.OpenAndLock(connection, reseller, currency);
        if (untilDay <= account.MaturedTo)
        {
            return false;
        }

        var postings = new Postings(currency);
        var days = Due(connection, account, untilDay);
        foreach (var day in days.GroupBy(sum => sum.Day))
        {
            MatureDay(connection, account, day.Key, [.. day], postings, now);
        }

        postings.Save(connection);
        account.MaturedTo = untilDay;
        account.Save(connection);
        return days.Count > 0;
    }

    /// <summary>Projects with earnings that are about to mature.</summary>
    public static List<string> DueProjects(DbConnection connection, string reseller, long untilDay)
    {
        var from = Reseller.Find(connection, reseller)?.MaturedTo ?? 0;
        return connection.Query(
            """
            SELECT DISTINCT project FROM charge
            WHERE reseller = @reseller AND at >= @from AND at < @until ORDER BY project
            """,
            row => row.GetString(0),
            ("reseller", reseller),
            ("from", MsOf(from)),
            ("until", MsOf(untilDay))
        );
    }

    public static long DayOf(long ms) => ms / MsPerDay;

    public static long MsOf(long day) => checked(day * MsPerDay);

    private const long MsPerDay = 86_400_000;

    private static List<DaySum> Due(DbConnection connection, Reseller account, long untilDay) =>
        connection.Query(
            """
            SELECT c.at / 86400000 AS day, c.project, h.state, CAST(SUM(c.earned) AS BIGINT)
            FROM charge c
            LEFT JOIN earning_hold h ON h.reseller = c.reseller AND h.project = c.project
            WHERE c.reseller = @reseller AND c.at >= @from AND c.at < @until
            GROUP BY c.at / 86400000, c.project, h.state
            HAVING SUM(c.earned) <> 0
            ORDER BY day, c.project
            """,
            row => new DaySum(
                row.GetInt64(0),
                row.GetString(1),
                row.TextOrNull(2),
                new NanoUsd(row.GetInt64(3))
            ),
            ("reseller", account.Id),
            ("from", MsOf(account.MaturedTo)),
            ("until", MsOf(untilDay))
        );

    private static void MatureDay(
        DbConnection connection,
        Reseller account,
        long day,
        List<DaySum> sums,
        Postings postings,
        long now
    )
    {
        var own = NanoUsd.Zero;
        foreach (var sum in sums)
        {
            // What was taken back on a later day than it was earned is taken where it went.
            if (sum.State is Held or Forfeited && sum.Earned > NanoUsd.Zero)
            {
                SetAside(connection, account, sum, postings, now);
            }
            else
            {
                own += sum.Earned;
            }
        }

        var move = MoveOf(account, day, "", own, now);
        if (own > NanoUsd.Zero)
        {
            var isNew = account.Receive(connection, move, postings);
            Invariant.Holds(isNew, "a day matures once");
        }
        else if (own < NanoUsd.Zero)
        {
            account.Take(connection, move with { Amount = NanoUsd.Zero - own }, postings);
        }
    }

    private static void SetAside(
        DbConnection connection,
        Reseller account,
        DaySum sum,
        Postings postings,
        long now
    )
    {
        var isHeld = sum.State == Held;
        var move = MoveOf(account, sum.Day, ":" + sum.Project, sum.Earned, now) with
        {
            External = sum.Project,
        };
        var to = isHeld ? Accounts.Held(account.Id) : Accounts.EarningsForfeited;
        Transfers.Post(connection, account.TransferOf(move, move.Other, to, sum.Earned), postings);
        if (isHeld)
        {
            account.Held += sum.Earned;
            EarningHolds.Add(connection, account.Id, sum.Project, sum.Earned);
        }
    }

    private static ResellerMove MoveOf(
        Reseller account,
        long day,
        string part,
        NanoUsd amount,
        long now
    ) =>
        new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"mature:{account.Id}:{day}{part}"),
            Group = "mature:" + account.Id,
            Kind = "mature",
            Other = Accounts.Matured(account.Id),
            Amount = amount,
            At = now,
        };
}
