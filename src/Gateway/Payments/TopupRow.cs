using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>The states of a top-up, as stored.</summary>
public static class TopupStates
{
    /// <summary>Written down; the provider was not asked yet, or has not answered yet.</summary>
    public const string Created = "created";

    /// <summary>Its page can be paid.</summary>
    public const string Open = "open";

    /// <summary>The card was charged or not: the same key is sent again until that is
    /// known.</summary>
    public const string Unknown = "unknown";

    /// <summary>Paid by a method that takes its time.</summary>
    public const string Processing = "processing";

    /// <summary>Declined; another attempt will follow.</summary>
    public const string Retrying = "retrying";

    /// <summary>The bank wants to hear from the card's owner (3-D Secure).</summary>
    public const string NeedsAction = "needs_action";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Expired = "expired";
    public const string Canceled = "canceled";

    /// <summary>What was paid is not what was asked for; nothing was credited.</summary>
    public const string Quarantined = "quarantined";
}

/// <summary>One top-up: by a page, or by auto-reload.</summary>
internal sealed record TopupRow
{
    public const string Page = "page";
    public const string Auto = "auto";

    public required string Id { get; init; }
    public required ProjectId Project { get; init; }
    public required string Kind { get; init; }
    public required long Cents { get; init; }
    public required string Currency { get; init; }
    public required string Customer { get; init; }
    public required string State { get; init; }
    public bool SavesCard { get; init; }
    public string? SuccessUrl { get; init; }
    public string? CancelUrl { get; init; }
    public string? Session { get; init; }
    public string? Url { get; init; }
    public string? Card { get; init; }
    public string? Payment { get; init; }
    public string? Charge { get; init; }
    public string? ReceiptUrl { get; init; }
    public long Attempt { get; init; }
    public long? SentAt { get; init; }
    public string? Failure { get; init; }
    public long RefundedOutsideCents { get; init; }
    public required long CreatedAt { get; init; }
    public long? PaidAt { get; init; }
    public long? NextAt { get; init; }

    public bool IsAuto => Kind == Auto;

    /// <summary>Of an attempt; the row has it before the call is made.</summary>
    public string ChargeKey => $"reload:{Id}:{Attempt}";

    public static TopupRow? Find(DbConnection connection, string column, string value) =>
        connection.QueryOne($"{SelectSql} WHERE {column} = @value", Read, ("value", value));

    public static TopupRow Lock(DbConnection connection, string id)
    {
        var row = connection.QueryOne(
            $"{SelectSql} WHERE id = @id{connection.ForUpdate()}",
            Read,
            ("id", id)
        );
        Invariant.Holds(row is not null, "a top-up is never deleted");
        return row;
    }

    /// <returns>False when another row has its place already.</returns>
    public bool Insert(DbConnection connection) =>
        connection.Execute(
            """
            INSERT INTO topup(id, project, kind, cents, currency, customer, state, saves_card,
                success_url, cancel_url, card, attempt, created_at, next_at)
            VALUES(@id, @project, @kind, @cents, @currency, @customer, @state, @saves,
                @success, @cancel, @card, @attempt, @created, @next)
            ON CONFLICT DO NOTHING
            """,
            ("id", Id),
            ("project", Project.Value),
            ("kind", Kind),
            ("cents", Cents),
            ("currency", Currency),
            ("customer", Customer),
            ("state", State),
            ("saves", SavesCard),
            ("success", SuccessUrl),
            ("cancel", CancelUrl),
            ("card", Card),
            ("attempt", Attempt),
            ("created", CreatedAt),
            ("next", NextAt)
        ) == 1;

    /// <summary>Everything that may change; call it under the row's lock. Ends the lease.</summary>
    public TopupRow Save(DbConnection connection)
    {
        connection.Execute(
            """
            UPDATE topup SET state = @state, session = @session, url = @url, card = @card,
                payment = @payment, charge = @charge, receipt_url = @receipt, attempt = @attempt,
                sent_at = @sent, failure = @failure, refunded_outside_cents = @outside,
                paid_at = @paid, next_at = @next, leased_until = 0
            WHERE id = @id
            """,
            ("state", State),
            ("session", Session),
            ("url", Url),
            ("card", Card),
            ("payment", Payment),
            ("charge", Charge),
            ("receipt", ReceiptUrl),
            ("attempt", Attempt),
            ("sent", SentAt),
            ("failure", Failure),
            ("outside", RefundedOutsideCents),
            ("paid", PaidAt),
            ("next", NextAt),
            ("id", Id)
        );
        return this;
    }

    public const string SelectSql = """
        SELECT id, project, kind, cents, currency, customer, state, saves_card, success_url,
            cancel_url, session, url, card, payment, charge, receipt_url, attempt, sent_at,
            failure, refunded_outside_cents, created_at, paid_at, next_at
        FROM topup
        """;

    public static TopupRow Read(DbDataReader row) =>
        new()
        {
            Id = row.GetString(0),
            Project = new ProjectId(row.GetString(1)),
            Kind = row.GetString(2),
            Cents = row.GetInt64(3),
            Currency = row.GetString(4),
            Customer = row.GetString(5),
            State = row.GetString(6),
            SavesCard = row.GetInt64(7) == 1,
            SuccessUrl = row.TextOrNull(8),
            CancelUrl = row.TextOrNull(9),
            Session = row.TextOrNull(10),
            Url = row.TextOrNull(11),
            Card = row.TextOrNull(12),
            Payment = row.TextOrNull(13),
            Charge = row.TextOrNull(14),
            ReceiptUrl = row.TextOrNull(15),
            Attempt = row.GetInt64(16),
            SentAt = row.LongOrNull(17),
            Failure = row.TextOrNull(18),
            RefundedOutsideCents = row.GetInt64(19),
            CreatedAt = row.GetInt64(20),
            PaidAt = row.LongOrNull(21),
            NextAt = row.LongOrNull(22),
        };
}
