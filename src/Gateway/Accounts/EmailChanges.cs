using System.Data.Common;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>What became of the wish for another address.</summary>
public enum EmailChangeAnswer
{
    /// <summary>The new box has the link, unless an account has that address, which is not told.</summary>
    Sent,

    /// <summary>Sign in again first: a live session alone is not enough.</summary>
    NotFresh,

    /// <summary>It is the account's address now.</summary>
    SameAddress,

    TooOften,

    /// <summary>The old box could not be warned, and without that nothing is begun.</summary>
    NotWarned,
}

/// <summary>A change that one of its links names.</summary>
public sealed record EmailChange(
    UserId Person,
    string OldEmail,
    string NewEmail,
    bool IsConfirmed,
    DateTimeOffset RevertUntil
);

/// <summary>
/// Moves an account to another address: asked for with a fresh session, told to the old box, made by
/// the link in the new one. The old box can stop it, and for seven days afterwards undo it; until
/// then nobody can open another account with the old address.
/// </summary>
public sealed class EmailChanges
{
    public static readonly TimeSpan ConfirmWithin = TimeSpan.FromHours(1);
    public static readonly TimeSpan RevertWithin = TimeSpan.FromDays(7);

    private const int PerPerson = 5;
    private static readonly TimeSpan s_window = TimeSpan.FromHours(1);

    private const string SelectSql = """
        SELECT person, old_email, new_email, confirmed_at, revert_until FROM email_change
        """;

    private readonly Database _database;
    private readonly Mailer _mailer;
    private readonly EdgeOptions _edge;

    internal EmailChanges(Database database, Mailer mailer, EdgeOptions edge) =>
        (_database, _mailer, _edge) = (database, mailer, edge);

    public async Task<EmailChangeAnswer> RequestAsync(Session session, EmailAddress email)
    {
        if (!session.IsFresh)
        {
            return EmailChangeAnswer.NotFresh;
        }

        var wish = new Wish(
            session.Person,
            email,
            Secrets.New(Secrets.MailLink),
            Secrets.New(Secrets.MailLink)
        );
        var begun = await _database.WriteAsync(connection => Begin(connection, wish));
        if (begun is not (EmailChangeAnswer.Sent, var isFree))
        {
            return begun.Answer;
        }

        var warning = Mails.AddressIsChanging(
            wish.Person.Email,
            email.Written,
            $"{_edge.PublicUrl}/account/email/revert/{wish.RevertSecret}"
        );
        if (!await _mailer.DeliverAsync(warning))
        {
            await _database.WriteAsync(connection => EndOpen(connection, wish.Person.Id));
            return EmailChangeAnswer.NotWarned;
        }

        _mailer.Post(
            isFree
                ? Mails.ConfirmAddress(
                    email.Written,
                    $"{_edge.PublicUrl}/account/email/confirm/{wish.ConfirmSecret}"
                )
                : Mails.AddressIsTaken(email.Written)
        );
        return EmailChangeAnswer.Sent;
    }

    /// <summary>The change that a link to the new box would make; null when the link is dead.</summary>
    public Task<EmailChange?> FindToConfirmAsync(string secret, CancellationToken ct) =>
        FindAsync(secret, "confirm_hash = @hash AND " + IsOpen, ct);

    /// <summary>The change that a link to the old box would stop or undo; null when it is dead.</summary>
    public Task<EmailChange?> FindToRevertAsync(string secret, CancellationToken ct) =>
        FindAsync(secret, "revert_hash = @hash AND " + IsRevertible, ct);

    /// <summary>Switches the address. All sessions but the given one end, if it is that person's, and
    /// so do the codes of both addresses. False when the link is dead or the address taken since.
    /// </summary>
    public async Task<bool> ConfirmAsync(string secret, Session? kept)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.MailLink))
        {
            return false;
        }

        var done = await _database.WriteAsync(connection => Confirm(connection, secret, kept));
        if (done is null)
        {
            return false;
        }

        _mailer.Post(Mails.AddressChanged(done.OldEmail, done.NewEmail));
        return true;
    }

    /// <summary>Stops the change, or brings the old address back. Everybody is signed out, and what
    /// was added since as another way in is gone. False when the link is dead.</summary>
    public async Task<bool> RevertAsync(string secret)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.MailLink))
        {
            return false;
        }

        var done = await _database.WriteAsync(connection => Revert(connection, secret));
        if (done is null)
        {
            return false;
        }

        _mailer.Post(Mails.AddressReverted(done.OldEmail));
        return true;
    }

    /// <summary>Until when the old owner of an address may bring it back; null where nobody may.</summary>
    internal static DateTimeOffset? ReservedUntil(
        DbConnection connection,
        string canonicalEmail,
        long now,
        UserId? exceptFor = null
    ) =>
        connection.QueryOne(
            """
            SELECT MAX(revert_until) FROM email_change
             WHERE old_canonical = @canonical AND confirmed_at IS NOT NULL AND ended_at IS NULL
               AND revert_until > @now AND person <> @except
            """,
            row => row.LongOrNull(0),
            ("canonical", canonicalEmail),
            ("now", now),
            ("except", exceptFor?.Value ?? "")
        )
            is { } until
            ? DateTimeOffset.FromUnixTimeMilliseconds(until)
            : null;

    private const string IsOpen = """
        confirmed_at IS NULL AND ended_at IS NULL AND confirm_until > @now
        """;

    private const string IsRevertible = """
        ended_at IS NULL AND revert_until > @now
        """;

    private (EmailChangeAnswer Answer, bool IsFree) Begin(DbConnection connection, Wish wish)
    {
        var now = _database.Now(connection);
        var old = CanonicalOf(connection, wish.Person.Id);
        if (old is null || old == wish.Email.Canonical)
        {
            return (EmailChangeAnswer.SameAddress, false);
        }

        var bucket = "email-change:" + wish.Person.Id;
        if (!Attempts.Take(connection, bucket, PerPerson, s_window, now))
        {
            return (EmailChangeAnswer.TooOften, false);
        }

        EndOpen(connection, wish.Person.Id);
        connection.Execute(
            """
            INSERT INTO email_change(id, person, old_email, old_canonical, new_email, new_canonical,
                   confirm_hash, revert_hash, created_at, confirm_until, revert_until)
            VALUES(@id, @person, @old, @old_canonical, @new, @new_canonical, @confirm, @revert, @now,
                   @confirm_until, @revert_until)
            """,
            ("id", Ids.Make("emc_")),
            ("person", wish.Person.Id.Value),
            ("old", wish.Person.Email),
            ("old_canonical", old),
            ("new", wish.Email.Written),
            ("new_canonical", wish.Email.Canonical),
            ("confirm", Secrets.HashOf(wish.ConfirmSecret).ToString()),
            ("revert", Secrets.HashOf(wish.RevertSecret).ToString()),
            ("now", now),
            ("confirm_until", now + (long)ConfirmWithin.TotalMilliseconds),
            ("revert_until", now + (long)RevertWithin.TotalMilliseconds)
        );
        return (
            EmailChangeAnswer.Sent,
            IsFree(connection, wish.Email.Canonical, wish.Person.Id, now)
        );
    }

    private EmailChange? Confirm(DbConnection connection, string secret, Session? kept)
    {
        var now = _database.Now(connection);
        var change = Find(connection, secret, "confirm_hash = @hash AND " + IsOpen, now);
        if (
            change is null
            || EmailAddress.Read(change.NewEmail).Denied(out _, out var email)
            || !IsFree(connection, email.Canonical, change.Person, now)
        )
        {
            return null;
        }

        // Another change may have got there first: then this link was made for another address.
        var isSwitched =
            connection.Execute(
                """
                UPDATE email_change SET confirmed_at = @now, revert_until = @until
                 WHERE confirm_hash = @hash AND confirmed_at IS NULL AND ended_at IS NULL
                   AND old_canonical = (SELECT canonical_email FROM person WHERE id = @person)
                """,
                ("now", now),
                ("until", now + (long)RevertWithin.TotalMilliseconds),
                ("hash", Secrets.HashOf(secret).ToString()),
                ("person", change.Person.Value)
            ) == 1;
        if (!isSwitched)
        {
            return null;
        }

        Move(connection, change.Person, email);
        EndCodes(connection, change);
        Sessions.EndAll(
            connection,
            change.Person,
            kept?.Person.Id == change.Person ? kept.Id : null
        );
        return change;
    }

    private EmailChange? Revert(DbConnection connection, string secret)
    {
        var now = _database.Now(connection);
        var change = Find(connection, secret, "revert_hash = @hash AND " + IsRevertible, now);
        if (change is null || EmailAddress.Read(change.OldEmail).Denied(out _, out var email))
        {
            return null;
        }

        var since = connection.QueryOne(
            "SELECT created_at FROM email_change WHERE revert_hash = @hash",
            row => row.GetInt64(0),
            ("hash", Secrets.HashOf(secret).ToString())
        );
        if (change.IsConfirmed)
        {
            Move(connection, change.Person, email);
        }

        EndSince(connection, change.Person, since, now);
        EndCodes(connection, change);
        Sessions.EndAll(connection, change.Person, exceptId: null);
        return change;
    }

    // Whoever took the account may have moved it on and on: everything since goes with it.
    private static void EndSince(DbConnection connection, UserId person, long since, long now)
    {
        connection.Execute(
            """
            UPDATE email_change SET ended_at = @now
             WHERE person = @person AND created_at >= @since AND ended_at IS NULL
            """,
            ("now", now),
            ("person", person.Value),
            ("since", since)
        );
        foreach (var sql in s_waysIn)
        {
            connection.Execute(sql, ("person", person.Value), ("since", since));
        }
    }

    private static readonly string[] s_waysIn =
    [
        "DELETE FROM passkey WHERE person = @person AND created_at >= @since",
        "DELETE FROM external_identity WHERE person = @person AND created_at >= @since",
    ];

    private int EndOpen(DbConnection connection, UserId person) =>
        connection.Execute(
            """
            UPDATE email_change SET ended_at = @now
             WHERE person = @person AND confirmed_at IS NULL AND ended_at IS NULL
            """,
            ("now", _database.Now(connection)),
            ("person", person.Value)
        );

    private static void Move(DbConnection connection, UserId person, EmailAddress to) =>
        connection.Execute(
            """
            UPDATE person SET email = @email, canonical_email = @canonical
             WHERE id = @id AND state = 'active'
            """,
            ("email", to.Written),
            ("canonical", to.Canonical),
            ("id", person.Value)
        );

    private static void EndCodes(DbConnection connection, EmailChange change)
    {
        foreach (var text in (string[])[change.OldEmail, change.NewEmail])
        {
            if (!EmailAddress.Read(text).Denied(out _, out var email))
            {
                EmailCodes.EndAll(connection, email.Canonical);
            }
        }
    }

    private static bool IsFree(
        DbConnection connection,
        string canonical,
        UserId person,
        long now
    ) =>
        ReservedUntil(connection, canonical, now, exceptFor: person) is null
        && connection.QueryOne(
            "SELECT COUNT(*) FROM person WHERE canonical_email = @canonical",
            row => row.GetInt64(0),
            ("canonical", canonical)
        ) == 0;

    private static string? CanonicalOf(DbConnection connection, UserId person) =>
        connection.QueryOne(
            "SELECT canonical_email FROM person WHERE id = @id AND state = 'active'",
            row => row.GetString(0),
            ("id", person.Value)
        );

    private async Task<EmailChange?> FindAsync(string secret, string where, CancellationToken ct)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.MailLink))
        {
            return null;
        }

        await using var connection = await _database.OpenAsync(ct);
        return Find(connection, secret, where, _database.Now(connection));
    }

    private static EmailChange? Find(
        DbConnection connection,
        string secret,
        string where,
        long now
    ) =>
        connection.QueryOne(
            SelectSql + " WHERE " + where,
            row => new EmailChange(
                new UserId(row.GetString(0)),
                row.GetString(1),
                row.GetString(2),
                row.LongOrNull(3) is not null,
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))
            ),
            ("hash", Secrets.HashOf(secret).ToString()),
            ("now", now)
        );

    private sealed record Wish(
        Person Person,
        EmailAddress Email,
        string ConfirmSecret,
        string RevertSecret
    );
}
