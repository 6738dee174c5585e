using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// A reseller's account at the payment provider, as it was last read. What is decided by it (an
/// approval, a transfer) reads it again first.
/// </summary>
public sealed record Payee
{
    public required UserId Owner { get; init; }

    /// <summary>Counts accounts of this owner: one that has left us is never used again.</summary>
    public required long Generation { get; init; }

    public string? Account { get; init; }

    public required string Country { get; init; }

    /// <summary>What the account is asked for with; kept, because a key must never come with two
    /// bodies.</summary>
    internal string App { get; init; } = "";

    internal string? Website { get; init; }

    internal string? Email { get; init; }

    public bool DetailsSubmitted { get; init; }

    /// <summary>Money can really reach the owner.</summary>
    public bool IsComplete { get; init; }

    /// <summary>It was, at some time: losing it is news for its owner.</summary>
    public bool WasComplete { get; init; }

    public bool IsRejected { get; init; }

    /// <summary>Its owner has taken the account away from us.</summary>
    public bool IsDetached { get; init; }

    public bool IsVerifying { get; init; }

    public string? DisabledReason { get; init; }

    /// <summary>What the provider wants to know, in its own names.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    public DateTimeOffset? NeedsBy { get; init; }

    /// <summary>The operator pays nothing until it says otherwise.</summary>
    public string? StoppedBecause { get; init; }

    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>One word for pages and programs.</summary>
    public string Status =>
        IsRejected ? "rejected"
        : IsDetached || Account is null ? "none"
        : IsComplete ? (Needs.Count > 0 && NeedsBy is not null ? "action_needed" : "complete")
        : !DetailsSubmitted ? "incomplete"
        : Needs.Count == 0 || IsVerifying ? "verifying"
        : "restricted";

    internal static Payee? Find(DbConnection connection, UserId owner) =>
        connection.QueryOne(SelectSql + " WHERE owner = @owner", Read, ("owner", owner.Value));

    internal static Payee? FindByAccount(DbConnection connection, string account) =>
        connection.QueryOne(SelectSql + " WHERE account = @account", Read, ("account", account));

    internal static Payee? Lock(DbConnection connection, UserId owner) =>
        connection.QueryOne(
            $"{SelectSql} WHERE owner = @owner{connection.ForUpdate()}",
            Read,
            ("owner", owner.Value)
        );

    internal static List<Payee> Due(DbConnection connection, long now) =>
        connection.Query(
            SelectSql + " WHERE next_at <= @now AND account IS NOT NULL ORDER BY next_at LIMIT 50",
            Read,
            ("now", now)
        );

    /// <summary>What the provider says of it now.</summary>
    internal Payee With(StripePayee found, DateTimeOffset now) =>
        this with
        {
            DetailsSubmitted = found.DetailsSubmitted,
            IsComplete = found.IsComplete,
            WasComplete = WasComplete || found.IsComplete,
            IsRejected = found.IsRejected,
            IsVerifying = found.PendingVerification.Count > 0,
            DisabledReason = found.DisabledReason,
            Needs = [.. found.PastDue.Concat(found.CurrentlyDue).Distinct(StringComparer.Ordinal)],
            NeedsBy = found.CurrentDeadline,
            ReadAt = now,
        };

    internal void Save(DbConnection connection, long? nextAt) =>
        connection.Execute(
            """
            UPDATE payee SET generation = @generation, account = @account,
                details_submitted = @submitted, is_complete = @complete,
                was_complete = @was, is_rejected = @rejected, is_detached = @detached,
                is_verifying = @verifying, disabled_reason = @reason, needs = @needs,
                needs_by = @needs_by, read_at = @read_at, next_at = @next
            WHERE owner = @owner
            """,
            ("generation", Generation),
            ("account", Account),
            ("submitted", DetailsSubmitted),
            ("complete", IsComplete),
            ("was", WasComplete),
            ("rejected", IsRejected),
            ("detached", IsDetached),
            ("verifying", IsVerifying),
            ("reason", DisabledReason),
            ("needs", string.Join('\n', Needs)),
            ("needs_by", NeedsBy?.ToUnixTimeMilliseconds()),
            ("read_at", ReadAt?.ToUnixTimeMilliseconds()),
            ("next", nextAt),
            ("owner", Owner.Value)
        );

    private const string SelectSql = """
        SELECT owner, generation, account, country, details_submitted, is_complete, was_complete,
            is_rejected, is_detached, is_verifying, disabled_reason, needs, needs_by,
            stopped_because, read_at, app, website, email
        FROM payee
        """;

    private static Payee Read(DbDataReader row) =>
        new()
        {
            Owner = new UserId(row.GetString(0)),
            Generation = row.GetInt64(1),
            Account = row.TextOrNull(2),
            Country = row.GetString(3),
            DetailsSubmitted = row.GetInt64(4) == 1,
            IsComplete = row.GetInt64(5) == 1,
            WasComplete = row.GetInt64(6) == 1,
            IsRejected = row.GetInt64(7) == 1,
            IsDetached = row.GetInt64(8) == 1,
            IsVerifying = row.GetInt64(9) == 1,
            DisabledReason = row.TextOrNull(10),
            Needs = row.GetString(11).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            NeedsBy = TimeOf(row.LongOrNull(12)),
            StoppedBecause = row.TextOrNull(13),
            ReadAt = TimeOf(row.LongOrNull(14)),
            App = row.GetString(15),
            Website = row.TextOrNull(16),
            Email = row.TextOrNull(17),
        };

    private static DateTimeOffset? TimeOf(long? ms) =>
        ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
