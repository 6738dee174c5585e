using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>A wallet as pages show it, read from the store.</summary>
/// <param name="Balance">Left to spend: paid and promotional, minus debt. Charges that are durable
/// are in it; holds are not.</param>
/// <param name="Paid">Of the balance, paid in by the user.</param>
/// <param name="Promo">Of the balance, promotional credit.</param>
/// <param name="Debt">Owed after a dispute; the next top-up pays it first.</param>
/// <param name="Frozen">Nothing new may be spent.</param>
public sealed record WalletReading(
    NanoUsd Balance,
    NanoUsd Paid,
    NanoUsd Promo,
    NanoUsd Debt,
    bool Frozen
)
{
    internal static WalletReading? Of(DbConnection connection, string project) =>
        connection.QueryOne(
            """
            SELECT w.paid_in - w.paid_out - COALESCE(u.paid, 0),
                w.promo_in - w.promo_out - COALESCE(u.promo, 0), w.debt, w.state
            FROM wallet w LEFT JOIN (
                SELECT project, CAST(SUM(paid_used - paid_folded) AS BIGINT) AS paid,
                    CAST(SUM(promo_used - promo_folded) AS BIGINT) AS promo
                FROM lease WHERE project = @project AND state = 'open' GROUP BY project
            ) u ON u.project = w.project
            WHERE w.project = @project
            """,
            row =>
            {
                NanoUsd paid = new(row.GetInt64(0));
                NanoUsd promo = new(row.GetInt64(1));
                NanoUsd debt = new(row.GetInt64(2));
                return new WalletReading(
                    paid + promo - debt,
                    paid,
                    promo,
                    debt,
                    row.GetString(3) != "active"
                );
            },
            ("project", project)
        );
}
