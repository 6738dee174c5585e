using System.Data.Common;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>What the operator must look at: a row with its cause, written with the
/// effect.</summary>
public sealed record PaymentFinding(
    string Id,
    string Kind,
    string Subject,
    string Detail,
    DateTimeOffset At
);

internal sealed partial class Findings(Database database, ILogger<Findings> log)
{
    public const string Quarantined = "topup_quarantined";
    public const string UnknownObject = "unknown_object";
    public const string WrongMode = "wrong_mode";
    public const string KeyReused = "idempotency_key_reused";
    public const string KeyRefused = "secret_key_refused";
    public const string Inquiry = "dispute_inquiry";
    public const string EventStuck = "event_stuck";
    public const string PaidTwice = "paid_for_closed_topup";
    public const string ClockSkew = "clock_skew";
    public const string RefundOdd = "refund_odd";
    public const string ChargeSearched = "unknown_charge_searched";
    public const string PayeeRejected = "payee_rejected";
    public const string OwnAccount = "own_account";
    public const string BalanceShort = "payout_balance_short";
    public const string TransferOdd = "transfer_odd";
    public const string TakeBackNotCovered = "take_back_not_covered";
    public const string ReversedOutside = "payout_reversed_outside";
    public const string BooksBroken = "books_do_not_balance";

    /// <summary>Once for each kind and subject.</summary>
    public void Write(DbConnection connection, string kind, string subject, string detail)
    {
        var isNew =
            connection.Execute(
                """
                INSERT INTO payment_finding(id, kind, subject, detail, at)
                VALUES(@id, @kind, @subject, @detail, @at) ON CONFLICT(id) DO NOTHING
                """,
                ("id", kind + ":" + subject),
                ("kind", kind),
                ("subject", subject),
                ("detail", detail),
                ("at", database.Now(connection))
            ) == 1;
        if (isNew)
        {
            LogFinding(log, kind, subject, detail);
        }
    }

    public Task WriteAsync(string kind, string subject, string detail) =>
        database.WriteAsync(connection =>
        {
            Write(connection, kind, subject, detail);
            return true;
        });

    public async Task<IReadOnlyList<PaymentFinding>> ListOpenAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT id, kind, subject, detail, at FROM payment_finding
            WHERE closed_at IS NULL ORDER BY at DESC LIMIT 500
            """,
            row => new PaymentFinding(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetString(3),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))
            )
        );
    }

    [LoggerMessage(1, LogLevel.Error, "Payments: {Kind} {Subject}: {Detail}")]
    private static partial void LogFinding(ILogger log, string kind, string subject, string detail);
}
