using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>Somebody with an account. The id is never used again, so it is the <c>sub</c> of ID
/// tokens too.</summary>
public sealed record Person(
    UserId Id,
    string Email,
    string? Name,
    bool IsOperator,
    DateTimeOffset CreatedAt
);

/// <summary>Who has an account here. An address belongs to one account, however it is written.</summary>
public sealed class People(Database database)
{
    private const string SelectSql = """
        SELECT id, email, name, is_operator, created_at FROM person
        """;

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
        return Find(connection, id);
    }

    /// <summary>Null when there is none, or it was deleted.</summary>
    public Person? Find(DbConnection connection, UserId id) =>
        connection.QueryOne(
            SelectSql + " WHERE id = @id AND state = 'active'",
            Read,
            ("id", id.Value)
        );

    /// <summary>What pages and apps that may read the profile call the person; null takes it away.</summary>
    public Task RenameAsync(UserId id, string? name) =>
        database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE person SET name = @name WHERE id = @id AND state = 'active'",
                ("name", name),
                ("id", id.Value)
            )
        );

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
            row.TextOrNull(2),
            row.GetInt64(3) != 0,
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))
        );
}
