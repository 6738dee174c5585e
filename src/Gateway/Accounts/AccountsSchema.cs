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
        new(
            "accounts-0003",
            """
            CREATE TABLE known_browser(
                visitor TEXT NOT NULL CHECK(length(visitor) = 64),
                person TEXT NOT NULL,
                seen_at BIGINT NOT NULL,
                PRIMARY KEY(visitor, person)
            );
            CREATE INDEX known_browser_of_person ON known_browser(person);
            CREATE TABLE invitation(
                id TEXT PRIMARY KEY,
                hash TEXT NOT NULL UNIQUE CHECK(length(hash) = 64),
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                taken_at BIGINT,
                taken_by TEXT,
                CHECK((taken_at IS NULL) = (taken_by IS NULL))
            );
            CREATE TABLE passkey(
                id TEXT PRIMARY KEY,
                credential TEXT NOT NULL UNIQUE,
                person TEXT NOT NULL,
                name TEXT NOT NULL,
                public_key TEXT NOT NULL,
                sign_count BIGINT NOT NULL CHECK(sign_count >= 0),
                transports TEXT NOT NULL,
                is_user_verified BIGINT NOT NULL,
                is_backup_eligible BIGINT NOT NULL,
                is_backed_up BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                used_at BIGINT
            );
            CREATE INDEX passkey_of_person ON passkey(person);
            CREATE TABLE passkey_ceremony(
                visitor TEXT NOT NULL CHECK(length(visitor) = 64),
                kind TEXT NOT NULL CHECK(kind IN ('create', 'get')),
                person TEXT,
                state TEXT NOT NULL,
                expires_at BIGINT NOT NULL,
                PRIMARY KEY(visitor, kind)
            );
            CREATE TABLE email_change(
                id TEXT PRIMARY KEY,
                person TEXT NOT NULL,
                old_email TEXT NOT NULL,
                old_canonical TEXT NOT NULL,
                new_email TEXT NOT NULL,
                new_canonical TEXT NOT NULL,
                confirm_hash TEXT NOT NULL UNIQUE CHECK(length(confirm_hash) = 64),
                revert_hash TEXT NOT NULL UNIQUE CHECK(length(revert_hash) = 64),
                created_at BIGINT NOT NULL,
                confirm_until BIGINT NOT NULL,
                confirmed_at BIGINT,
                revert_until BIGINT NOT NULL,
                ended_at BIGINT
            );
            CREATE INDEX email_change_of_person ON email_change(person);
            CREATE INDEX email_change_from ON email_change(old_canonical);
            CREATE TABLE external_identity(
                provider TEXT NOT NULL,
                subject TEXT NOT NULL,
                person TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY(provider, subject)
            );
            CREATE INDEX external_identity_of_person ON external_identity(person);
            CREATE TABLE external_flow(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                provider TEXT NOT NULL,
                visitor TEXT NOT NULL CHECK(length(visitor) = 64),
                flow TEXT,
                expires_at BIGINT NOT NULL
            );
            """
        ),
    ];
}
