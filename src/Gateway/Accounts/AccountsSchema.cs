using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>The tables of this room.</summary>
public static class AccountsSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "accounts-0001",
            """
            CREATE TABLE person(
                id TEXT PRIMARY KEY,
                email TEXT NOT NULL,
                canonical_email TEXT NOT NULL UNIQUE,
                created_at BIGINT NOT NULL
            );
            CREATE TABLE project(
                id TEXT PRIMARY KEY,
                slug TEXT NOT NULL UNIQUE,
                owner TEXT NOT NULL,
                name TEXT NOT NULL,
                state TEXT NOT NULL CHECK(state IN ('active', 'closed')),
                created_at BIGINT NOT NULL
            );
            CREATE INDEX project_of_owner ON project(owner);
            CREATE TABLE operator_token(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                hint TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                revoked_at BIGINT
            );
            """
        ),
    ];
}
