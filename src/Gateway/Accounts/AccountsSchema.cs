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
        new(
            "accounts-0002",
            """
            ALTER TABLE person ADD COLUMN name TEXT;
            ALTER TABLE person ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
                CHECK(state IN ('active', 'deleted'));
            ALTER TABLE person ADD COLUMN is_operator BIGINT NOT NULL DEFAULT 0;
            CREATE TABLE session(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                id TEXT NOT NULL UNIQUE,
                person TEXT NOT NULL,
                method TEXT NOT NULL,
                address TEXT,
                agent TEXT,
                created_at BIGINT NOT NULL,
                authenticated_at BIGINT NOT NULL,
                seen_at BIGINT NOT NULL
            );
            CREATE INDEX session_of_person ON session(person);
            CREATE TABLE sign_in_code(
                id TEXT PRIMARY KEY,
                email TEXT NOT NULL,
                canonical_email TEXT NOT NULL,
                visitor TEXT NOT NULL CHECK(length(visitor) = 64),
                hash TEXT NOT NULL CHECK(length(hash) = 64),
                tries BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                used_at BIGINT
            );
            CREATE TABLE attempt(
                bucket TEXT NOT NULL,
                window_start BIGINT NOT NULL,
                count BIGINT NOT NULL,
                PRIMARY KEY(bucket, window_start)
            );
            """
        ),
    ];
}
