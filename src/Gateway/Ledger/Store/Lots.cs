using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Where a wallet's money came from: one lot for each top-up and grant. The hot path knows the two
/// classes only; lots are drawn when leases are folded into their wallet.
/// </summary>
internal static class Lots
{
    public const string Paid = "paid";
    public const string Promo = "promo";

    private sealed record Rest(string Id, long Amount);

    public static void Add(
        DbConnection connection,
        string id,
        string project,
        string lotClass,
        NanoUsd amount,
        long? expiresAt,
        long now
    ) =>
        connection.Execute(
            """
            INSERT INTO lot(id, project, class, amount, drawn, expires_at, at)
            VALUES(@id, @project, @class, @amount, 0, @expires_at, @at)
            """,
            ("id", id),
            ("project", project),
            ("class", lotClass),
            ("amount", amount.Value),
            ("expires_at", expiresAt),
            ("at", now)
        );

    /// <summary>Draws an amount in the order of use: what expires first, then what is oldest.</summary>
    public static void Draw(
        DbConnection connection,
        string project,
        string lotClass,
        NanoUsd amount,
        string cause,
        long now
    )
    {
        if (amount == NanoUsd.Zero)
        {
            return;
        }

        var rests = connection.Query(
            """
            SELECT id, amount - drawn FROM lot
            WHERE project = @project AND class = @class AND drawn < amount
            ORDER BY COALESCE(expires_at, 9223372036854775807), at, id
            """,
            row => new Rest(row.GetString(0), row.GetInt64(1)),
            ("project", project),
            ("class", lotClass)
        );
        Spread(connection, rests, amount.Value, cause, now, sign: 1);
    }

    /// <summary>Puts back what charges have drawn, the last draw first. What refunds, disputes and
    /// expiries drew is theirs to put back.</summary>
    public static void Restore(
        DbConnection connection,
        string project,
        string lotClass,
        NanoUsd amount,
        string cause,
        long now
    )
    {
        if (amount == NanoUsd.Zero)
        {
            return;
        }

        var drawn = connection.Query(
            """
            SELECT l.id, CAST(SUM(d.amount) AS BIGINT) FROM lot l JOIN lot_draw d ON d.lot = l.id
            WHERE l.project = @project AND l.class = @class AND l.drawn > 0
                AND (d.cause LIKE 'fold:%' OR d.cause LIKE 'late:%' OR d.cause LIKE 'correction:%')
            GROUP BY l.id, l.expires_at, l.at HAVING SUM(d.amount) > 0
            ORDER BY COALESCE(l.expires_at, 9223372036854775807) DESC, l.at DESC, l.id DESC
            """,
            row => new Rest(row.GetString(0), row.GetInt64(1)),
            ("project", project),
            ("class", lotClass)
        );
        Spread(connection, drawn, amount.Value, cause, now, sign: -1);
    }

    /// <summary>Draws from one lot; a negative amount puts back.</summary>
    public static void DrawFrom(
        DbConnection connection,
        string lot,
        long amount,
        string cause,
        long now
    )
    {
        if (amount == 0)
        {
            return;
        }

        connection.Execute(
            "UPDATE lot SET drawn = drawn + @amount WHERE id = @lot",
            ("amount", amount),
            ("lot", lot)
        );
        connection.Execute(
            "INSERT INTO lot_draw(cause, lot, amount, at) VALUES(@cause, @lot, @amount, @at)",
            ("cause", cause),
            ("lot", lot),
            ("amount", amount),
            ("at", now)
        );
    }

    public static NanoUsd? RestOf(DbConnection connection, string lot) =>
        connection.QueryOne<NanoUsd?>(
            $"SELECT amount - drawn FROM lot WHERE id = @lot{connection.ForUpdate()}",
            row => new NanoUsd(row.GetInt64(0)),
            ("lot", lot)
        );

    /// <summary>When the next credit that has a rest ends; null where none ever does.</summary>
    public static long? NextExpiry(DbConnection connection, string project) =>
        connection.QueryOne(
            """
            SELECT MIN(expires_at) FROM lot
            WHERE project = @project AND class = 'promo' AND drawn < amount
            """,
            row => row.LongOrNull(0),
            ("project", project)
        );

    private static void Spread(
        DbConnection connection,
        List<Rest> lots,
        long amount,
        string cause,
        long now,
        int sign
    )
    {
        foreach (var lot in lots)
        {
            var part = Math.Min(lot.Amount, amount);
            DrawFrom(connection, lot.Id, sign * part, cause, now);
            amount -= part;
            if (amount == 0)
            {
                return;
            }
        }

        Invariant.Holds(amount == 0, "a wallet's money is the sum of its lots");
    }
}
