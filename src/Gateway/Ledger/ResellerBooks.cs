namespace Arda.Gateway.Ledger;

/// <summary>What is checked of resellers' books, as (subject, expected, found).</summary>
internal static class ResellerBooks
{
    /// <summary>All that matured days have earned is what was taken out of the pending
    /// earnings.</summary>
    public const string Matured = """
        SELECT r.id, COALESCE(c.earned, 0), COALESCE(t.moved, 0)
        FROM reseller r
        LEFT JOIN (
            SELECT c.reseller, CAST(SUM(c.earned) AS BIGINT) AS earned
            FROM charge c JOIN reseller s ON s.id = c.reseller
            WHERE c.at < s.matured_to * 86400000 GROUP BY c.reseller
        ) c ON c.reseller = r.id
        LEFT JOIN (
            SELECT grp, CAST(SUM(CASE WHEN debit LIKE 'reseller_pending/%' THEN amount
                ELSE -amount END) AS BIGINT) AS moved
            FROM transfer WHERE kind = 'mature' GROUP BY grp
        ) t ON t.grp = 'mature:' || r.id
        """;

    public const string Holds = """
        SELECT r.id, COALESCE(h.amount, 0), r.held FROM reseller r LEFT JOIN (
            SELECT reseller, CAST(SUM(amount) AS BIGINT) AS amount
            FROM earning_hold GROUP BY reseller
        ) h ON h.reseller = r.id
        """;

    /// <param name="name">Of the row's figure and of the account.</param>
    /// <param name="side">1 where debits raise it, -1 where credits do.</param>
    public static string OfAccount(string name, int side) =>
        $"""
            SELECT r.id, COALESCE((a.debits - a.credits) * {side}, 0), r.{name}
            FROM reseller r LEFT JOIN acct a ON a.id = 'reseller_{name}/' || r.id
            """;
}
