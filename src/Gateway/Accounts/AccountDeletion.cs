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

    /// <summary>Completes when nothing of the account works any more. Nothing happens where there is
    /// no such account.</summary>
    public async Task DeleteAsync(UserId person, CancellationToken ct)
    {
        // First what spends money: should this break off, the account is still there to try again.
        await EndRightsAsync(person, ct);
        var email = await database.WriteAsync(connection => Delete(connection, person));
        // And once more what was made in between; nobody can make any more now.
        await EndRightsAsync(person, ct);
        if (email is not null)
        {
            mailer.Post(Mails.AccountDeleted(email));
        }
    }

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
