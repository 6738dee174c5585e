using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Ends an account. The row stays under its id without name and address, because charges and
/// receipts name it and an id is never used again; the address may open a new account at once.
/// </summary>
public sealed class AccountDeletion(Database database, Mailer mailer)
{
    private readonly List<Func<UserId, CancellationToken, Task>> _whenDeleted = [];

    /// <summary>What another room must end with the account, such as its keys. It may run twice.</summary>
    public void OnDeleted(Func<UserId, CancellationToken, Task> end) => _whenDeleted.Add(end);

    /// <summary>Null when nothing of the account works any more. Denied, with nothing changed, when
    /// the session is not fresh or has ended.</summary>
    public async Task<Denial?> DeleteAsync(Session session, CancellationToken ct)
    {
        if (!await database.WriteAsync(connection => IsFresh(connection, session)))
        {
            return Sessions.NotFresh;
        }

        // First what spends money: should this break off, the account is still there to try again.
        var person = session.Person.Id;
        await EndRightsAsync(person, ct);
        // Asked again under the lock of the row: the owner may have ended that session meanwhile.
        var email = await database.WriteAsync(connection =>
            IsFresh(connection, session) ? Delete(connection, person) : null
        );
        if (email is null)
        {
            return Sessions.NotFresh;
        }

        // And once more what was made in between; nobody can make any more now.
        await EndRightsAsync(person, ct);
        mailer.Post(Mails.AccountDeleted(email));
        return null;
    }

    private bool IsFresh(DbConnection connection, Session session) =>
        Sessions.IsFresh(connection, session, database.Now(connection));

    private async Task EndRightsAsync(UserId person, CancellationToken ct)
    {
        foreach (var end in _whenDeleted)
        {
            await end(person, ct);
        }
    }

    private static string? Delete(DbConnection connection, UserId person)
    {
        var known = connection.QueryOne(
            "SELECT email, canonical_email FROM person WHERE id = @id AND state = 'active'"
                + connection.ForUpdate(),
            row => (Email: row.GetString(0), Canonical: row.GetString(1)),
            ("id", person.Value)
        );
        if (known.Email is null)
        {
            return null;
        }

        connection.Execute(
            """
            UPDATE person
               SET state = 'deleted', email = '', name = NULL, is_operator = 0,
                   canonical_email = 'deleted:' || id
             WHERE id = @id
            """,
            ("id", person.Value)
        );
        Sessions.EndAll(connection, person, exceptId: null);
        EmailCodes.EndAll(connection, known.Canonical);
        foreach (var sql in s_forget)
        {
            connection.Execute(sql, ("person", person.Value));
        }

        return known.Email;
    }

    private static readonly string[] s_forget =
    [
        "DELETE FROM passkey WHERE person = @person",
        "DELETE FROM passkey_ceremony WHERE person = @person",
        "DELETE FROM email_change WHERE person = @person",
        "DELETE FROM external_identity WHERE person = @person",
        "DELETE FROM known_browser WHERE person = @person",
        "UPDATE project SET state = 'closed' WHERE owner = @person",
    ];
}
