using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Why auto-reload stands still; told to its owner in words by whoever shows it.</summary>
public static class ReloadOffReasons
{
    public const string ByUser = "turned_off";
    public const string CardRemoved = "payment_method_removed";
    public const string CardExpired = "card_expired";
    public const string CardDeclined = "card_declined";
    public const string CardRefused = "card_refused";
    public const string NewCardNeeded = "new_card_needed";
    public const string CustomerDeleted = "customer_deleted";
    public const string Disputed = "payment_disputed";
    public const string ProviderRefused = "provider_refused";

    /// <summary>A reload came back with another amount or currency: a person must look
    /// first.</summary>
    public const string Quarantined = "payment_quarantined";
}

/// <summary>A project's auto-reload, as its owner agreed to it.</summary>
public sealed record AutoReload
{
    public required ProjectId Project { get; init; }
    public required bool Enabled { get; init; }

    /// <summary>A balance below this starts a reload.</summary>
    public required long ThresholdCents { get; init; }
    public required long AmountCents { get; init; }

    /// <summary>The most that may be charged in a calendar month (UTC).</summary>
    public required long MonthlyCapCents { get; init; }

    /// <summary>The sentence that its owner agreed to, word for word.</summary>
    public required string Consent { get; init; }
    public required DateTimeOffset ConsentedAt { get; init; }
    public string? OffReason { get; init; }

    /// <summary>No reload starts before this.</summary>
    public required long NotBefore { get; init; }
}

/// <summary>Auto-reload is off until somebody with a saved card turns it on with a threshold, an
/// amount and a monthly cap.</summary>
internal sealed class AutoReloads(
    Database database,
    PaymentsOptions options,
    PaymentMails mails,
    TimeProvider time
)
{
    private const long ThresholdMin = 100;
    private const long ThresholdMax = 100_000;
    private const long CapMax = 1_000_000;

    public async Task<AutoReload?> FindAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Find(connection, project);
    }

    public async Task<Denial?> TurnOnAsync(
        ProjectId project,
        long thresholdCents,
        long amountCents,
        long monthlyCapCents,
        string consent
    )
    {
        if (Mistake(thresholdCents, amountCents, monthlyCapCents, consent) is { } mistake)
        {
            return mistake;
        }

        return await database.WriteAsync<Denial?>(connection =>
        {
            if (Cards.Find(connection, project)?.IsExpired(time.GetUtcNow()) != false)
            {
                return new Denial.InvalidRequest("Save a card first; it pays the reloads.");
            }

            connection.Execute(
                """
                INSERT INTO auto_reload(project, enabled, threshold_cents, amount_cents, cap_cents,
                    consent, consented_at, not_before)
                VALUES(@project, 1, @threshold, @amount, @cap, @consent, @now, 0)
                ON CONFLICT(project) DO UPDATE SET enabled = 1, off_reason = NULL, not_before = 0,
                    threshold_cents = excluded.threshold_cents,
                    amount_cents = excluded.amount_cents, cap_cents = excluded.cap_cents,
                    consent = excluded.consent, consented_at = excluded.consented_at
                """,
                ("project", project.Value),
                ("threshold", thresholdCents),
                ("amount", amountCents),
                ("cap", monthlyCapCents),
                ("consent", consent),
                ("now", time.Now())
            );
            BalanceWatches.Set(connection, project, NanoUsd.FromCents(thresholdCents));
            return null;
        });
    }

    public Task TurnOffAsync(ProjectId project) =>
        database.WriteAsync(connection => TurnOff(connection, project, ReloadOffReasons.ByUser));

    /// <summary>A charge that runs counts; what only waits is called off.</summary>
    public bool TurnOff(DbConnection connection, ProjectId project, string reason)
    {
        var wasOn =
            connection.Execute(
                """
                UPDATE auto_reload SET enabled = 0, off_reason = @reason
                WHERE project = @project AND enabled = 1
                """,
                ("reason", reason),
                ("project", project.Value)
            ) == 1;
        CallOff(connection, project, reason);
        BalanceWatches.Set(connection, project, below: null);
        if (wasOn && reason != ReloadOffReasons.ByUser)
        {
            mails.Write(
                connection,
                new PaymentMail(
                    $"off:{project}:{time.Now()}",
                    project,
                    PaymentMailKinds.ReloadOff,
                    null,
                    reason
                )
            );
        }

        return wasOn;
    }

    /// <summary>Reloads that only wait: for their turn, for their next attempt, for their
    /// owner.</summary>
    /// <returns>How many.</returns>
    public static int CallOff(DbConnection connection, ProjectId project, string reason) =>
        connection.Execute(
            """
            UPDATE topup SET state = 'canceled', failure = @reason, next_at = NULL
            WHERE project = @project AND kind = 'auto'
                AND state IN ('created', 'retrying', 'needs_action')
            """,
            ("reason", reason),
            ("project", project.Value)
        );

    public static AutoReload? Find(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            $"{SelectSql} WHERE project = @project",
            Read,
            ("project", project.Value)
        );

    /// <summary>Whoever starts a reload holds this row, so that one decides after
    /// another.</summary>
    public static AutoReload? Lock(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            $"{SelectSql} WHERE project = @project{connection.ForUpdate()}",
            Read,
            ("project", project.Value)
        );

    public static void Rest(DbConnection connection, ProjectId project, long until) =>
        connection.Execute(
            "UPDATE auto_reload SET not_before = @until WHERE project = @project",
            ("until", until),
            ("project", project.Value)
        );

    /// <summary>What this calendar month has cost already, and may still cost: charges that run are
    /// in it.</summary>
    public long ChargedThisMonth(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(cents), 0) AS BIGINT) FROM topup
            WHERE project = @project AND kind = 'auto' AND created_at >= @since
                AND state IN ('created', 'unknown', 'processing', 'retrying', 'succeeded')
            """,
            row => row.GetInt64(0),
            ("project", project.Value),
            ("since", time.MonthStart().ToUnixTimeMilliseconds())
        );

    private Denial.InvalidRequest? Mistake(long threshold, long amount, long cap, string consent) =>
        threshold is < ThresholdMin or > ThresholdMax
            ? new("Choose a threshold from 1 to 1,000 USD.", "threshold_cents")
        : !options.TopupAmountsCents.Contains(amount)
            ? new("Choose one of the amounts that are offered.", "amount_cents")
        : cap < amount || cap > CapMax
            ? new("A monthly cap is needed: at least one reload, at most 10,000 USD.", "cap_cents")
        : string.IsNullOrWhiteSpace(consent)
            ? new("Auto-reload needs the consent of the card's owner.", "consent")
        : null;

    private const string SelectSql = """
        SELECT project, enabled, threshold_cents, amount_cents, cap_cents, consent, consented_at,
            off_reason, not_before
        FROM auto_reload
        """;

    private static AutoReload Read(DbDataReader row) =>
        new()
        {
            Project = new ProjectId(row.GetString(0)),
            Enabled = row.GetInt64(1) == 1,
            ThresholdCents = row.GetInt64(2),
            AmountCents = row.GetInt64(3),
            MonthlyCapCents = row.GetInt64(4),
            Consent = row.GetString(5),
            ConsentedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
            OffReason = row.TextOrNull(7),
            NotBefore = row.GetInt64(8),
        };
}
