using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>Somebody with an account.</summary>
public sealed record Person(UserId Id, string Email, DateTimeOffset CreatedAt);

/// <summary>Who has an account here. An address belongs to one account, however it is written.</summary>
public sealed class People(Database database)
{
    private const string SelectSql = "SELECT id, email, created_at FROM person";

    /// <summary>The account of that address, made if there is none.</summary>
    public Task<Person> FindOrCreateAsync(EmailAddress email) =>
        database.WriteAsync(connection => FindOrCreate(connection, email));

    public Person FindOrCreate(DbConnection connection, EmailAddress email)
    {
        connection.Execute(
            """
            INSERT INTO person(id, email, canonical_email, created_at)
            VALUES(@id, @email, @canonical, @now)
            ON CONFLICT(canonical_email) DO NOTHING
            """,
            ("id", UserId.New().Value),
            ("email", email.Written),
            ("canonical", email.Canonical),
            ("now", database.Now(connection))
        );
        return FindByEmail(connection, email)!;
    }

    public async Task<Person?> FindAsync(UserId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(SelectSql + " WHERE id = @id", Read, ("id", id.Value));
    }

    public async Task<Person?> FindByEmailAsync(EmailAddress email, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return FindByEmail(connection, email);
    }

    private static Person? FindByEmail(DbConnection connection, EmailAddress email) =>
        connection.QueryOne(
            SelectSql + " WHERE canonical_email = @canonical",
            Read,
            ("canonical", email.Canonical)
        );

    private static Person Read(DbDataReader row) =>
        new(
            new UserId(row.GetString(0)),
            row.GetString(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))
        );
}
