using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>A promise of the books that does not hold.</summary>
/// <param name="Promise">Which, such as "trial-balance".</param>
/// <param name="Subject">The wallet, account, lot or flush.</param>
/// <param name="Detail">What was expected and what is there.</param>
public sealed record LedgerFinding(string Promise, string Subject, string Detail);

/// <param name="Findings">None: every promise holds.</param>
/// <param name="Totals">How much there is of everything, by name.</param>
public sealed record LedgerBooks(
    IReadOnlyList<LedgerFinding> Findings,
    IReadOnlyDictionary<string, string> Totals
);

/// <summary>
/// Reads the whole ledger in one snapshot, while it is in use, and checks every promise that rows
/// can show. No findings: the books balance to the last nano-dollar.
/// </summary>
public static class LedgerVerification
{
    // Leases that are open, summed for their wallet.
    private const string OpenLeases = """
        SELECT project,
            CAST(SUM(paid - paid_folded) AS BIGINT) AS paid_leased,
            CAST(SUM(promo - promo_folded) AS BIGINT) AS promo_leased,
            CAST(SUM(paid_used - paid_folded) AS BIGINT) AS paid_unfolded,
            CAST(SUM(promo_used - promo_folded) AS BIGINT) AS promo_unfolded
        FROM lease WHERE state = 'open' GROUP BY project
        """;

    // Each reads (subject, expected, found) and is broken wherever the two differ.
    private static readonly (string Promise, string Sql)[] s_equalities =
    [
        ("leased", Leased("paid")),
        ("leased", Leased("promo")),
        ("spent", Spent("paid")),
        ("spent", Spent("promo")),
        ("credited", Credited("paid")),
        ("credited", Credited("promo")),
        (
            "debt",
            """
            SELECT w.project, COALESCE(a.debits - a.credits, 0), w.debt
            FROM wallet w LEFT JOIN acct a ON a.id = 'user_debt/' || w.project
            """
        ),
        ("lots", LotsOf("paid")),
        ("lots", LotsOf("promo")),
        (
            "lot-draws",
            """
            SELECT l.id, COALESCE(d.drawn, 0), l.drawn FROM lot l LEFT JOIN (
                SELECT lot, CAST(SUM(amount) AS BIGINT) AS drawn FROM lot_draw GROUP BY lot
            ) d ON d.lot = l.id
            """
        ),
        (
            "monthly-spend",
            """
            SELECT s.scope || '/' || s.subject, COALESCE(c.used, 0), s.used
            FROM spend s LEFT JOIN (
                SELECT 'key' AS scope, api_key AS subject, month,
                    CAST(SUM(paid + promo) AS BIGINT) AS used
                FROM charge GROUP BY api_key, month
                UNION ALL
                SELECT 'connection', connection, month, CAST(SUM(paid + promo) AS BIGINT)
                FROM charge WHERE connection IS NOT NULL GROUP BY connection, month
            ) c ON c.scope = s.scope AND c.subject = s.subject AND c.month = s.month
            """
        ),
        (
            "monthly-leased",
            """
            SELECT s.scope || '/' || s.subject, COALESCE(a.leased, 0), s.leased
            FROM spend s LEFT JOIN (
                SELECT scope, subject, month, CAST(SUM(granted - used) AS BIGINT) AS leased
                FROM lease_allowance GROUP BY scope, subject, month
            ) a ON a.scope = s.scope AND a.subject = s.subject AND a.month = s.month
            """
        ),
        (
            "flush-rows",
            """
            SELECT f.id, f.rows_in, COALESCE(c.n, 0) FROM flush f LEFT JOIN (
                SELECT flush, COUNT(*) AS n FROM charge GROUP BY flush
            ) c ON c.flush = f.id
            """
        ),
        (
            "price-version",
            """
            SELECT DISTINCT c.price_version, 1, CASE WHEN p.id IS NULL THEN 0 ELSE 1 END
            FROM charge c LEFT JOIN price_version p ON p.id = c.price_version
            """
        ),
        ("resellers", ResellerBooks.OfAccount("available", -1)),
        ("resellers", ResellerBooks.OfAccount("held", -1)),
        ("resellers", ResellerBooks.OfAccount("in_payout", -1)),
        ("resellers", ResellerBooks.OfAccount("debt", 1)),
        ("matured", ResellerBooks.Matured),
        ("earning-holds", ResellerBooks.Holds),
        ("accounts", AccountBalances),
        (
            "trial-balance",
            $"""
            SELECT currency, 0, CAST(SUM(net) AS BIGINT) FROM (
                SELECT currency, debits - credits AS net FROM acct
                UNION ALL
                SELECT w.currency, w.paid_out + w.promo_out - w.paid_in - w.promo_in
                    + COALESCE(o.paid_unfolded, 0) + COALESCE(o.promo_unfolded, 0)
                FROM wallet w LEFT JOIN ({OpenLeases}) o ON o.project = w.project
            ) books GROUP BY currency
            """
        ),
        (
            "never-overspent",
            """
            SELECT project, 0, CASE WHEN paid_out + paid_leased > paid_in
                OR promo_out + promo_leased > promo_in OR debt < 0 THEN 1 ELSE 0 END
            FROM wallet
            """
        ),
    ];

    // Every account from the journals alone, beside what it says of itself.
    private const string AccountBalances = """
        SELECT COALESCE(j.id, a.id), COALESCE(j.net, 0), COALESCE(a.net, 0)
        FROM (
            SELECT id, CAST(SUM(net) AS BIGINT) AS net FROM (
                SELECT debit AS id, amount AS net FROM transfer
                UNION ALL SELECT credit, -amount FROM transfer
                UNION ALL SELECT 'revenue/' || f.node,
                    c.earned - c.base - c.gateway_markup - c.reseller_markup
                    FROM charge c JOIN flush f ON f.id = c.flush
                UNION ALL SELECT 'reseller_pending/' || c.reseller || '/' || f.node, -c.earned
                    FROM charge c JOIN flush f ON f.id = c.flush WHERE c.reseller IS NOT NULL
                UNION ALL SELECT 'absorbed/' || f.node || '/' || c.absorbed_reason, c.absorbed
                    FROM charge c JOIN flush f ON f.id = c.flush WHERE c.absorbed <> 0
                UNION ALL SELECT 'cogs/' || c.provider || '/' || f.node, c.cogs
                    FROM charge c JOIN flush f ON f.id = c.flush
                UNION ALL SELECT 'provider_payable/' || c.provider || '/' || f.node, -c.cogs
                    FROM charge c JOIN flush f ON f.id = c.flush
            ) entries
            WHERE id NOT LIKE 'wallet_paid/%' AND id NOT LIKE 'wallet_promo/%'
            GROUP BY id
        ) j
        FULL JOIN (SELECT id, debits - credits AS net FROM acct) a ON a.id = j.id
        """;

    /// <summary>All that is checked, by name.</summary>
    public static IReadOnlyList<string> Promises { get; } =
    [.. s_equalities.Select(one => one.Promise).Distinct(StringComparer.Ordinal), "hash-chain"];

    public static async Task<IReadOnlyList<LedgerFinding>> RunAsync(
        Database database,
        CancellationToken ct
    ) => (await ReadAsync(database, ct)).Findings;

    /// <summary>What is broken, and what was looked at, in the same snapshot.</summary>
    public static async Task<LedgerBooks> ReadAsync(Database database, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        connection.ExecuteScript(
            database.Kind is StoreKind.Postgres
                ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                : "BEGIN"
        );
        try
        {
            return new LedgerBooks(Check(connection, ct), LedgerTotals.Read(connection));
        }
        finally
        {
            connection.ExecuteScript("ROLLBACK");
        }
    }

    /// <summary>The same inside a transaction of the caller's.</summary>
    internal static List<LedgerFinding> Check(DbConnection connection, CancellationToken ct)
    {
        List<LedgerFinding> findings = [];
        foreach (var (promise, sql) in s_equalities)
        {
            ct.ThrowIfCancellationRequested();
            findings.AddRange(Differences(connection, promise, sql));
        }

        findings.AddRange(ChainBreaks(connection));
        return findings;
    }

    private static IEnumerable<LedgerFinding> Differences(
        DbConnection connection,
        string promise,
        string sql
    ) =>
        connection
            .Query(
                $"""
                WITH checks(subject, expected, found) AS ({sql})
                SELECT subject, expected, found FROM checks WHERE expected <> found
                """,
                row => new LedgerFinding(
                    promise,
                    row.GetString(0),
                    $"expected {row.GetInt64(1)}, found {row.GetInt64(2)}"
                )
            )
            .OrderBy(finding => finding.Subject, StringComparer.Ordinal);

    private static List<LedgerFinding> ChainBreaks(DbConnection connection)
    {
        var walk = new ChainWalk();
        connection.Query(
            """
            SELECT f.id, f.node, f.epoch, f.n, f.prev_hash, f.hash, c.id, c.seq, c.project,
                c.base, c.gateway_markup, c.reseller_markup, c.paid, c.promo, c.earned, c.cogs,
                c.price_version, c.outcome
            FROM flush f LEFT JOIN charge c ON c.flush = f.id
            ORDER BY f.node, f.epoch, f.n, c.id, c.seq
            """,
            row =>
            {
                walk.Read(row);
                return true;
            }
        );
        return walk.End();
    }

    private static string Leased(string lotClass) =>
        $"""
            SELECT w.project, COALESCE(o.{lotClass}_leased, 0), w.{lotClass}_leased
            FROM wallet w LEFT JOIN ({OpenLeases}) o ON o.project = w.project
            """;

    private static string Spent(string lotClass) =>
        $"""
            SELECT w.project, COALESCE(c.amount, 0) + COALESCE(t.amount, 0),
                w.{lotClass}_out + COALESCE(o.{lotClass}_unfolded, 0)
            FROM wallet w
            LEFT JOIN ({OpenLeases}) o ON o.project = w.project
            LEFT JOIN (
                SELECT project, CAST(SUM({lotClass}) AS BIGINT) AS amount
                FROM charge GROUP BY project
            ) c ON c.project = w.project
            LEFT JOIN (
                SELECT debit, CAST(SUM(amount) AS BIGINT) AS amount FROM transfer GROUP BY debit
            ) t ON t.debit = 'wallet_{lotClass}/' || w.project
            """;

    private static string Credited(string lotClass) =>
        $"""
            SELECT w.project, COALESCE(t.amount, 0), w.{lotClass}_in
            FROM wallet w LEFT JOIN (
                SELECT credit, CAST(SUM(amount) AS BIGINT) AS amount FROM transfer GROUP BY credit
            ) t ON t.credit = 'wallet_{lotClass}/' || w.project
            """;

    private static string LotsOf(string lotClass) =>
        $"""
            SELECT w.project, COALESCE(l.amount, 0), w.{lotClass}_in - w.{lotClass}_out
            FROM wallet w LEFT JOIN (
                SELECT project, CAST(SUM(amount - drawn) AS BIGINT) AS amount
                FROM lot WHERE class = '{lotClass}' GROUP BY project
            ) l ON l.project = w.project
            """;

    /// <summary>Builds each flush's hash again from its rows.</summary>
    private sealed class ChainWalk
    {
        private readonly List<LedgerFinding> _breaks = [];
        private readonly List<string> _rows = [];
        private readonly HashSet<string> _hashes = new(StringComparer.Ordinal) { "" };
        private (string Id, string Node, long Epoch, long N, string Previous, string Hash)? _flush;
        private (string Node, long Epoch, long N, string Hash)? _before;

        public void Read(DbDataReader row)
        {
            var id = row.GetString(0);
            if (_flush?.Id != id)
            {
                Close();
                _flush = (
                    id,
                    row.GetString(1),
                    row.GetInt64(2),
                    row.GetInt64(3),
                    row.GetString(4),
                    row.GetString(5)
                );
            }

            if (!row.IsDBNull(6))
            {
                _rows.Add(
                    JournalEntry.TextOf(
                        row.GetString(6),
                        row.GetInt64(7),
                        row.GetString(8),
                        id,
                        new(new(row.GetInt64(9)), new(row.GetInt64(10)), new(row.GetInt64(11))),
                        new Funds(new(row.GetInt64(12)), new(row.GetInt64(13))),
                        new NanoUsd(row.GetInt64(14)),
                        new NanoUsd(row.GetInt64(15)),
                        row.GetString(16),
                        row.GetString(17)
                    )
                );
            }
        }

        public List<LedgerFinding> End()
        {
            Close();
            return _breaks;
        }

        private void Close()
        {
            if (_flush is not { } flush)
            {
                return;
            }

            if (HashChain.Next(flush.Previous, flush.Id, _rows) != flush.Hash)
            {
                _breaks.Add(new("hash-chain", flush.Id, "its rows are not those it was made of"));
            }

            var continues =
                _before is { } before && before.Node == flush.Node && before.Epoch == flush.Epoch
                    ? flush.N == before.N + 1 && flush.Previous == before.Hash
                    : flush.N == 1 && _hashes.Contains(flush.Previous);
            if (!continues)
            {
                _breaks.Add(new("hash-chain", flush.Id, "it does not follow the one before"));
            }

            _before = (flush.Node, flush.Epoch, flush.N, flush.Hash);
            _hashes.Add(flush.Hash);
            _rows.Clear();
        }
    }
}
