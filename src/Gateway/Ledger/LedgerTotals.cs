using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>How much the books hold, so that a reader sees what "all is well" was said about. Amounts
/// carry their currency in their name: simulated money is never added to real money.</summary>
internal static class LedgerTotals
{
    private const string Counts = """
        SELECT 'wallets', COUNT(*) FROM wallet
        UNION ALL SELECT 'open_leases', COUNT(*) FROM lease WHERE state = 'open'
        UNION ALL SELECT 'charges', COUNT(*) FROM charge
        UNION ALL SELECT 'transfers', COUNT(*) FROM transfer
        UNION ALL SELECT 'quarantined_charges', COUNT(*) FROM charge_quarantine
        """;

    private const string Amounts = """
        SELECT w.currency,
            CAST(SUM(w.paid_in + w.promo_in) AS BIGINT),
            CAST(SUM(w.paid_in + w.promo_in - w.paid_out - w.promo_out
                - COALESCE(o.unfolded, 0)) AS BIGINT),
            CAST(SUM(w.debt) AS BIGINT),
            CAST(SUM(COALESCE(c.charged, 0)) AS BIGINT),
            CAST(SUM(COALESCE(c.absorbed, 0)) AS BIGINT),
            CAST(SUM(COALESCE(c.earned, 0)) AS BIGINT),
            CAST(SUM(COALESCE(c.cogs, 0)) AS BIGINT)
        FROM wallet w
        LEFT JOIN (
            SELECT project, CAST(SUM(paid_used - paid_folded + promo_used - promo_folded) AS BIGINT)
                AS unfolded
            FROM lease WHERE state = 'open' GROUP BY project
        ) o ON o.project = w.project
        LEFT JOIN (
            SELECT project, CAST(SUM(paid + promo) AS BIGINT) AS charged,
                CAST(SUM(absorbed) AS BIGINT) AS absorbed, CAST(SUM(earned) AS BIGINT) AS earned,
                CAST(SUM(cogs) AS BIGINT) AS cogs
            FROM charge GROUP BY project
        ) c ON c.project = w.project
        GROUP BY w.currency ORDER BY w.currency
        """;

    private static readonly string[] s_amounts =
    [
        "credited",
        "balance",
        "debt",
        "charged",
        "absorbed",
        "reseller_earned",
        "provider_cost",
    ];

    public static IReadOnlyDictionary<string, string> Read(DbConnection connection)
    {
        var totals = new Dictionary<string, string>(StringComparer.Ordinal);
        connection.Query(
            Counts,
            row =>
            {
                totals[row.GetString(0)] = Text(row.GetInt64(1));
                return true;
            }
        );
        connection.Query(
            Amounts,
            row =>
            {
                var unit = "_nano_" + row.GetString(0).ToLowerInvariant();
                for (var i = 0; i < s_amounts.Length; i++)
                {
                    totals[s_amounts[i] + unit] = Text(row.GetInt64(i + 1));
                }

                return true;
            }
        );
        return totals;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
