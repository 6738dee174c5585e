using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Rows that take back what progress charges booked. History stays: a correction is a row of its
/// own with negative amounts, and its money goes back to the wallet, not to the lease.
/// </summary>
internal static class ChargeCorrections
{
    private readonly record struct Sums(ChargeParts Parts, Funds Split, NanoUsd Earned);

    /// <summary>What the user paid comes back first, the operator's part last.</summary>
    public static JournalEntry Book(DbConnection connection, ChargeRow row, Wallet wallet, long now)
    {
        var booked = SumsOf(connection, row.Id);
        var back = NanoUsd.Zero - row.Parts.Total;
        Invariant.Holds(back <= booked.Parts.Total, "no more is taken back than was booked");
        var paid = NanoUsd.Min(back, booked.Split.Paid);
        var split = new Funds(paid, NanoUsd.Min(back - paid, booked.Split.Promo));
        // Charges are taken out of the wallet when their lease is folded; what comes back must
        // have been taken out before.
        if (Leases.Lock(connection, row.LeaseId) is { } lease)
        {
            Leases.Fold(connection, lease, wallet, now);
        }

        wallet.Out -= split;
        var cause = $"correction:{row.Id}:{row.Seq}";
        Lots.Restore(connection, wallet.Project, Lots.Promo, split.Promo, cause, now);
        Lots.Restore(connection, wallet.Project, Lots.Paid, split.Paid, cause, now);
        if (split.Promo > NanoUsd.Zero)
        {
            // What came back may be credit that ends, even today.
            wallet.PromoExpiresAt = Lots.NextExpiry(connection, wallet.Project);
        }

        return new(
            row,
            null,
            Funds.None - split,
            NanoUsd.Zero - EarnedBack(row, booked, split.Paid)
        );
    }

    private static NanoUsd EarnedBack(ChargeRow row, Sums booked, NanoUsd paidBack)
    {
        var markupBack = NanoUsd.Zero - row.Parts.ResellerMarkup;
        var left = booked.Parts + row.Parts;
        var keeps = left.EarnedOf(booked.Split.Paid - paidBack);
        var back = NanoUsd.Max(NanoUsd.Zero, booked.Earned - keeps);
        return NanoUsd.Min(back, markupBack);
    }

    private static Sums SumsOf(DbConnection connection, string id) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(base), 0) AS BIGINT),
                CAST(COALESCE(SUM(gateway_markup), 0) AS BIGINT),
                CAST(COALESCE(SUM(reseller_markup), 0) AS BIGINT),
                CAST(COALESCE(SUM(paid), 0) AS BIGINT),
                CAST(COALESCE(SUM(promo), 0) AS BIGINT),
                CAST(COALESCE(SUM(earned), 0) AS BIGINT)
            FROM charge WHERE id = @id
            """,
            row => new Sums(
                new(new(row.GetInt64(0)), new(row.GetInt64(1)), new(row.GetInt64(2))),
                new(new(row.GetInt64(3)), new(row.GetInt64(4))),
                new(row.GetInt64(5))
            ),
            ("id", id)
        );
}
