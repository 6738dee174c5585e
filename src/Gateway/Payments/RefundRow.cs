using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>One refund by the user, as stored.</summary>
internal sealed record RefundRow(
    string Id,
    ProjectId Project,
    string Topup,
    string Payment,
    long Cents,
    string State,
    string? Refund,
    string? Failure
)
{
    public bool IsOver => State is "succeeded" or "failed";

    public static RefundRow? Find(DbConnection connection, string column, string value) =>
        connection.QueryOne($"{SelectSql} WHERE {column} = @value", Read, ("value", value));

    /// <summary>The one of that top-up that still runs.</summary>
    public static RefundRow? OpenOf(DbConnection connection, string topup) =>
        connection.QueryOne(
            SelectSql + " WHERE topup = @topup AND state IN ('created', 'unknown', 'pending')",
            Read,
            ("topup", topup)
        );

    /// <summary>Those that it is time to send or to look at again.</summary>
    public static List<RefundRow> Due(DbConnection connection, long now) =>
        connection.Query(
            SelectSql + " WHERE next_at <= @now ORDER BY next_at LIMIT 50",
            Read,
            ("now", now)
        );

    /// <summary>What refunds of ours have taken or will take from that charge.</summary>
    public static long TakenCents(DbConnection connection, string topup) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(cents), 0) AS BIGINT) FROM refund
            WHERE topup = @topup AND state <> 'failed'
            """,
            row => row.GetInt64(0),
            ("topup", topup)
        );

    private const string SelectSql =
        "SELECT id, project, topup, payment, cents, state, refund, failure FROM refund";

    private static RefundRow Read(DbDataReader row) =>
        new(
            row.GetString(0),
            new ProjectId(row.GetString(1)),
            row.GetString(2),
            row.GetString(3),
            row.GetInt64(4),
            row.GetString(5),
            row.TextOrNull(6),
            row.TextOrNull(7)
        );
}
