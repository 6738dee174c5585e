using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>One mail to the owner of a project. It carries facts, not words: whoever sends it words
/// it.</summary>
/// <param name="Id">The same mail is never written twice.</param>
/// <param name="Project">Whose owner gets it.</param>
/// <param name="Kind">One of <see cref="PaymentMailKinds"/>.</param>
/// <param name="Cents">What it is about, where it is about an amount.</param>
/// <param name="Detail">A reason in neutral words, where there is one.</param>
public sealed record PaymentMail(
    string Id,
    ProjectId Project,
    string Kind,
    long? Cents,
    string? Detail
)
{
    /// <summary>Gets it instead of a project's owner: it is about no project.</summary>
    public UserId? Person { get; init; }
}

public static class PaymentMailKinds
{
    public const string LowBalance = "low_balance";
    public const string Reloaded = "auto_reload_succeeded";
    public const string ReloadDeclined = "auto_reload_declined";
    public const string ReloadOff = "auto_reload_off";
    public const string ActionNeeded = "payment_action_needed";
    public const string Cap80 = "auto_reload_cap_80";
    public const string Cap100 = "auto_reload_cap_100";
    public const string CardExpires = "card_expires";

    /// <summary>The detail of these two is the app's id.</summary>
    public const string Limit80 = "app_limit_80";
    public const string Limit100 = "app_limit_100";
    public const string TopupFailed = "topup_failed";
    public const string Disputed = "payment_disputed";
    public const string DisputeWon = "dispute_won";
    public const string RefundDone = "refund_done";
    public const string RefundFailed = "refund_failed";
}

/// <summary>To the owner of apps; about no project.</summary>
public static class PayoutMailKinds
{
    public const string Held = "payouts_held";
    public const string BankFailed = "bank_payout_failed";
}

/// <summary>How a mail leaves this room; the composition connects it to the mailer. A throw tries
/// again later.</summary>
public delegate Task PaymentMailDoor(PaymentMail mail, CancellationToken ct);

/// <summary>
/// The outbox: a mail is a row written in the transaction of what it tells of, so that neither is
/// there without the other. The worker hands the rows out.
/// </summary>
internal sealed partial class PaymentMails(
    Database database,
    PaymentMailDoor door,
    TimeProvider time,
    ILogger<PaymentMails> log
)
{
    private const int AttemptsMax = 10;

    public void Write(DbConnection connection, PaymentMail mail)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        connection.Execute(
            """
            INSERT INTO payment_mail(id, project, person, kind, cents, detail, at, next_at)
            VALUES(@id, @project, @person, @kind, @cents, @detail, @now, @now)
            ON CONFLICT(id) DO NOTHING
            """,
            ("id", mail.Id),
            ("project", mail.Project.Value ?? ""),
            ("person", mail.Person?.Value),
            ("kind", mail.Kind),
            ("cents", mail.Cents),
            ("detail", mail.Detail),
            ("now", now)
        );
    }

    public async Task SendDueAsync(CancellationToken ct)
    {
        if (!await DueRows.AnyAsync(database, "payment_mail", time.Now(), ct))
        {
            return;
        }

        foreach (var mail in await TakeDueAsync())
        {
            try
            {
                await door(mail, ct);
                await database.WriteAsync(connection =>
                    connection.Execute(
                        "UPDATE payment_mail SET sent_at = @now, next_at = NULL WHERE id = @id",
                        ("now", time.GetUtcNow().ToUnixTimeMilliseconds()),
                        ("id", mail.Id)
                    )
                );
            }
#pragma warning disable CA1031 // The mailer is an outside system; its failure must not stop money.
            catch (Exception fault) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotSent(log, fault, mail.Kind);
            }
        }
    }

    // Takes them by moving their next time on, so that two nodes never send one at once.
    private Task<List<PaymentMail>> TakeDueAsync() =>
        database.WriteAsync(connection =>
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var due = connection.Query(
                $"""
                SELECT id, project, kind, cents, detail, person FROM payment_mail
                WHERE next_at <= @now ORDER BY next_at LIMIT 50{connection.ForUpdate()}
                """,
                row => new PaymentMail(
                    row.GetString(0),
                    new ProjectId(row.GetString(1)),
                    row.GetString(2),
                    row.LongOrNull(3),
                    row.TextOrNull(4)
                )
                {
                    Person = row.TextOrNull(5) is { } person ? new UserId(person) : null,
                },
                ("now", now)
            );
            foreach (var mail in due)
            {
                connection.Execute(
                    """
                    UPDATE payment_mail SET attempts = attempts + 1, next_at =
                        CASE WHEN attempts + 1 < @max THEN @now + 60000 * (attempts + 1) END
                    WHERE id = @id
                    """,
                    ("max", (long)AttemptsMax),
                    ("now", now),
                    ("id", mail.Id)
                );
            }

            return due;
        });

    [LoggerMessage(1, LogLevel.Warning, "A mail of the kind {Kind} could not be sent.")]
    private static partial void LogNotSent(ILogger log, Exception fault, string kind);
}
