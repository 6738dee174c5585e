using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

internal static class PayoutStates
{
    public const string Queued = "queued";

    /// <summary>It was sent, and nobody knows what became of it.</summary>
    public const string Unknown = "unknown";

    /// <summary>The account cannot take it now.</summary>
    public const string Held = "held";
    public const string Paid = "paid";

    /// <summary>Back with the reseller's available earnings.</summary>
    public const string Returned = "returned";
}

/// <summary>One batch of earnings on its way to its reseller.</summary>
public sealed record Payout
{
    public required string Id { get; init; }

    public required ResellerId Reseller { get; init; }

    /// <summary>The provider's account that it was made for.</summary>
    public required string Account { get; init; }

    public required string Period { get; init; }

    public required long Cents { get; init; }

    public required string Currency { get; init; }

    public required string State { get; init; }

    /// <summary>Counts keys: after a refusal comes another one.</summary>
    public required long Attempt { get; init; }

    public string? Transfer { get; init; }

    public long ReversedCents { get; init; }

    /// <summary>Why it waits, in one word of ours or the provider's.</summary>
    public string? Why { get; init; }

    public required long CreatedAt { get; init; }

    /// <summary>When this attempt was sent first.</summary>
    public long? SentAt { get; init; }

    public long? PaidAt { get; init; }

    public long? NextAt { get; init; }

    public bool IsOpen => State is PayoutStates.Queued or PayoutStates.Unknown or PayoutStates.Held;

    internal static Payout? Find(DbConnection connection, string column, string value) =>
        connection.QueryOne($"{SelectSql} WHERE {column} = @value", Read, ("value", value));

    internal static Payout Lock(DbConnection connection, string id)
    {
        var found = connection.QueryOne(
            $"{SelectSql} WHERE id = @id{connection.ForUpdate()}",
            Read,
            ("id", id)
        );
        Invariant.Holds(found is not null, "a payout is never deleted");
        return found;
    }

    internal static List<Payout> Of(DbConnection connection, ResellerId reseller, int max) =>
        connection.Query(
            SelectSql + " WHERE reseller = @reseller ORDER BY created_at DESC, id DESC LIMIT @max",
            Read,
            ("reseller", reseller.Value),
            ("max", (long)max)
        );

    internal static List<Payout> All(DbConnection connection, int max) =>
        connection.Query(
            SelectSql
                + """
                 ORDER BY CASE WHEN state IN ('queued', 'unknown', 'held') THEN 0 ELSE 1 END,
                    created_at DESC, id DESC LIMIT @max
                """,
            Read,
            ("max", (long)max)
        );

    /// <summary>Leases what is due.</summary>
    internal static List<Payout> TakeDue(
        DbConnection connection,
        long now,
        long storeNow,
        TimeSpan lease
    )
    {
        var due = connection.Query(
            $"""
            {SelectSql} WHERE next_at <= @now AND leased_until < @store_now
            ORDER BY next_at LIMIT 20{connection.ForUpdate()}
            """,
            Read,
            ("now", now),
            ("store_now", storeNow)
        );
        foreach (var row in due)
        {
            connection.Execute(
                "UPDATE payout SET leased_until = @until WHERE id = @id",
                ("until", storeNow + (long)lease.TotalMilliseconds),
                ("id", row.Id)
            );
        }

        return due;
    }

    internal Payout Save(DbConnection connection)
    {
        connection.Execute(
            """
            UPDATE payout SET state = @state, attempt = @attempt, transfer = @transfer,
                reversed_cents = @reversed, why = @why, sent_at = @sent, paid_at = @paid,
                next_at = @next, leased_until = 0
            WHERE id = @id
            """,
            ("state", State),
            ("attempt", Attempt),
            ("transfer", Transfer),
            ("reversed", ReversedCents),
            ("why", Why),
            ("sent", SentAt),
            ("paid", PaidAt),
            ("next", NextAt),
            ("id", Id)
        );
        return this;
    }

    internal const string SelectSql = """
        SELECT id, reseller, account, period, cents, currency, state, attempt, transfer,
            reversed_cents, why, created_at, sent_at, paid_at, next_at
        FROM payout
        """;

    internal static Payout Read(DbDataReader row) =>
        new()
        {
            Id = row.GetString(0),
            Reseller = new ResellerId(row.GetString(1)),
            Account = row.GetString(2),
            Period = row.GetString(3),
            Cents = row.GetInt64(4),
            Currency = row.GetString(5),
            State = row.GetString(6),
            Attempt = row.GetInt64(7),
            Transfer = row.TextOrNull(8),
            ReversedCents = row.GetInt64(9),
            Why = row.TextOrNull(10),
            CreatedAt = row.GetInt64(11),
            SentAt = row.LongOrNull(12),
            PaidAt = row.LongOrNull(13),
            NextAt = row.LongOrNull(14),
        };
}
