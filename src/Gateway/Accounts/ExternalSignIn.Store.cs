using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

// Who is known from elsewhere, and which sign-ins are under way.
public sealed partial class ExternalSignIn
{
    private Person? FindLinked(
        DbConnection connection,
        ExternalProvider provider,
        ExternalIdentity identity
    ) =>
        connection.QueryOne(
            "SELECT person FROM external_identity WHERE provider = @provider AND subject = @subject",
            row => row.GetString(0),
            ("provider", provider.Name),
            ("subject", identity.Subject)
        )
            is { } person
            ? _people.Find(connection, new UserId(person))
            : null;

    // The operator chose the provider and thereby trusts what it has verified; from then on its
    // subject counts, whatever address it names later.
    private Person? Link(
        DbConnection connection,
        ExternalProvider provider,
        ExternalIdentity identity,
        EmailAddress email
    )
    {
        var now = _database.Now(connection);
        if (EmailChanges.ReservedUntil(connection, email.Canonical, now) is not null)
        {
            return null;
        }

        var person = _people.FindOrCreate(connection, email);
        if (identity.Name is { Length: > 0 and <= NameCharsMax } name && person.Name is null)
        {
            connection.Execute(
                "UPDATE person SET name = @name WHERE id = @id AND name IS NULL",
                ("name", name),
                ("id", person.Id.Value)
            );
            person = person with { Name = name };
        }

        connection.Execute(
            """
            INSERT INTO external_identity(provider, subject, person, created_at)
            VALUES(@provider, @subject, @person, @now)
            ON CONFLICT(provider, subject) DO UPDATE
               SET person = excluded.person, created_at = excluded.created_at
            """,
            ("provider", provider.Name),
            ("subject", identity.Subject),
            ("person", person.Id.Value),
            ("now", now)
        );
        return person;
    }

    private Task KeepAsync(ExternalProvider provider, string visitor, string state, string? flow) =>
        _database.WriteAsync(connection =>
        {
            var now = _database.Now(connection);
            connection.Execute("DELETE FROM external_flow WHERE expires_at <= @now", ("now", now));
            return connection.Execute(
                """
                INSERT INTO external_flow(hash, provider, visitor, flow, expires_at)
                VALUES(@hash, @provider, @visitor, @flow, @until)
                """,
                ("hash", Secrets.HashOf(state).ToString()),
                ("provider", provider.Name),
                ("visitor", Secrets.HashOf(visitor).ToString()),
                ("flow", flow),
                ("until", now + (long)s_flowFor.TotalMilliseconds)
            );
        });

    private Task<Begun?> TakeAsync(ExternalProvider provider, string visitor, string state) =>
        _database.WriteAsync(connection =>
            connection.QueryOne(
                """
                DELETE FROM external_flow
                 WHERE hash = @hash AND provider = @provider AND visitor = @visitor
                   AND expires_at > @now
                RETURNING flow
                """,
                row => new Begun(row.TextOrNull(0)),
                ("hash", Secrets.HashOf(state).ToString()),
                ("provider", provider.Name),
                ("visitor", Secrets.HashOf(visitor).ToString()),
                ("now", _database.Now(connection))
            )
        );
}
