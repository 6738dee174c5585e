using System.Globalization;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Journals and balances as sorted lines, to compare what two ways have led to.</summary>
internal static class JournalText
{
    /// <summary>Every row of every table, in one order.</summary>
    public static IEnumerable<string> Everything(SimulatedStore store) =>
        [
            .. Rows(store, "charge", "id, seq"),
            .. Rows(store, "transfer", "id"),
            .. Rows(store, "flush", "id"),
            .. Rows(store, "wallet", "project"),
            .. Rows(store, "acct", "id"),
            .. Rows(store, "lot", "id"),
            .. Rows(store, "lot_draw", "lot, cause, amount"),
            .. Rows(store, "spend", "scope, subject, month"),
            .. Rows(store, "lease", "id"),
            .. Rows(store, "hold_journal", "id"),
        ];

    /// <summary>What the tables keep as sums.</summary>
    public static SortedDictionary<string, Int128> Balances(SimulatedStore store)
    {
        SortedDictionary<string, Int128> found = new(StringComparer.Ordinal);
        Read(
            store,
            found,
            """
            SELECT 'paid/' || project, paid_in - paid_out FROM wallet
            UNION ALL SELECT 'promo/' || project, promo_in - promo_out FROM wallet
            UNION ALL SELECT 'debt/' || project, debt FROM wallet
            UNION ALL SELECT 'acct/' || id, debits - credits FROM acct
            UNION ALL SELECT scope || '/' || subject || '/' || month, used FROM spend
            UNION ALL SELECT 'lot/' || id, drawn FROM lot
            """
        );
        return found;
    }

    /// <summary>The same sums from the journals alone, which know nothing of the balances.</summary>
    public static SortedDictionary<string, Int128> Rebuilt(SimulatedStore store)
    {
        SortedDictionary<string, Int128> sums = new(StringComparer.Ordinal);
        Read(
            store,
            sums,
            """
            SELECT 'acct/' || debit, amount FROM transfer WHERE debit NOT LIKE 'wallet_%'
            UNION ALL SELECT 'acct/' || credit, -amount FROM transfer
                WHERE credit NOT LIKE 'wallet_%'
            UNION ALL SELECT 'debt/' || project, CASE WHEN debit LIKE 'user_debt/%' THEN amount
                ELSE -amount END FROM transfer
                WHERE debit LIKE 'user_debt/%' OR credit LIKE 'user_debt/%'
            UNION ALL SELECT CASE WHEN debit LIKE 'wallet_paid/%' THEN 'paid/' ELSE 'promo/' END
                || project, -amount FROM transfer WHERE debit LIKE 'wallet_%'
            UNION ALL SELECT CASE WHEN credit LIKE 'wallet_paid/%' THEN 'paid/' ELSE 'promo/' END
                || project, amount FROM transfer WHERE credit LIKE 'wallet_%'
            UNION ALL SELECT 'lot/' || lot, amount FROM lot_draw
            """
        );
        Read(
            store,
            sums,
            """
            SELECT 'paid/' || project, -paid FROM charge
            UNION ALL SELECT 'promo/' || project, -promo FROM charge
            UNION ALL SELECT 'key/' || api_key || '/' || month, paid + promo FROM charge
            UNION ALL SELECT 'connection/' || connection || '/' || month, paid + promo FROM charge
                WHERE connection IS NOT NULL
            UNION ALL SELECT 'acct/revenue/' || node,
                earned - base - gateway_markup - reseller_markup
                FROM charge JOIN flush ON flush.id = charge.flush
            UNION ALL SELECT 'acct/reseller_pending/' || reseller || '/' || node, -earned
                FROM charge JOIN flush ON flush.id = charge.flush WHERE reseller IS NOT NULL
            UNION ALL SELECT 'acct/absorbed/' || node || '/' || absorbed_reason, absorbed
                FROM charge JOIN flush ON flush.id = charge.flush WHERE absorbed <> 0
            UNION ALL SELECT 'acct/cogs/' || provider || '/' || node, cogs
                FROM charge JOIN flush ON flush.id = charge.flush
            UNION ALL SELECT 'acct/provider_payable/' || provider || '/' || node, -cogs
                FROM charge JOIN flush ON flush.id = charge.flush
            """
        );
        return sums;
    }

    private static void Read(
        SimulatedStore store,
        SortedDictionary<string, Int128> into,
        string sql
    )
    {
        foreach (
            var (name, amount) in store.Connection.Query(
                sql,
                row => (row.GetString(0), row.GetInt64(1))
            )
        )
        {
            var sum = into.GetValueOrDefault(name) + amount;
            into[name] = sum;
            // A sum of nothing and no sum are the same.
            if (sum == 0)
            {
                into.Remove(name);
            }
        }
    }

    private static List<string> Rows(SimulatedStore store, string table, string order) =>
        store.Connection.Query(
            $"SELECT * FROM {table} ORDER BY {order}",
            row =>
                table
                + string.Concat(
                    Enumerable
                        .Range(0, row.FieldCount)
                        .Select(i =>
                            $" {row.GetName(i)}="
                            + Convert.ToString(row.GetValue(i), CultureInfo.InvariantCulture)
                        )
                        .Order(StringComparer.Ordinal)
                )
        );
}
