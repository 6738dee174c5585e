using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

// What a change does in the store.
public sealed partial class EmailChanges
{
    private const string SelectSql = """
        SELECT person, old_email, new_email, confirmed_at, revert_until FROM email_change
        """;

    private async Task<EmailChange?> TryConfirmAsync(string secret, Session kept)
    {
        try
        {
            return await _database.WriteAsync(connection => Confirm(connection, secret, kept));
        }
        catch (DbException failure) when (Sql.IsConstraintViolation(failure))
        {
            // Somebody opened an account with that address in this very moment.
            return null;
        }
    }

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

    private EmailChange? Confirm(DbConnection connection, string secret, Session kept)
    {
        var now = _database.Now(connection);
        var change = Find(connection, secret, "confirm_hash = @hash AND " + IsOpen, now);
        if (
            change is null
            || change.Person != kept.Person.Id
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
        Sessions.EndAll(connection, change.Person, kept.Id);
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
