using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>The tables of this room. Codes and interactions are kept as hashes alone; the private
/// half of a signing key is sealed.</summary>
public static class OAuthSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "oauth-0001",
            """
            CREATE TABLE oauth_interaction(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                app TEXT NOT NULL,
                redirect_uri TEXT NOT NULL,
                scopes TEXT NOT NULL,
                state TEXT,
                nonce TEXT,
                challenge TEXT NOT NULL CHECK(length(challenge) = 43),
                prompt TEXT NOT NULL,
                max_age BIGINT,
                login_hint TEXT,
                hinted_owner TEXT,
                markup_bps BIGINT NOT NULL,
                owner TEXT,
                session TEXT,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                decided_at BIGINT
            );
            CREATE INDEX oauth_interaction_by_end ON oauth_interaction(expires_at);
            CREATE TABLE oauth_code(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                app TEXT NOT NULL,
                owner TEXT NOT NULL,
                project TEXT NOT NULL,
                connection TEXT NOT NULL,
                scopes TEXT NOT NULL,
                redirect_uri TEXT NOT NULL,
                challenge TEXT NOT NULL CHECK(length(challenge) = 43),
                nonce TEXT,
                auth_time BIGINT NOT NULL,
                wrong_verifiers BIGINT NOT NULL DEFAULT 0,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                consumed_at BIGINT,
                key TEXT,
                CHECK((consumed_at IS NULL) = (key IS NULL))
            );
            CREATE INDEX oauth_code_by_end ON oauth_code(expires_at);
            CREATE TABLE oauth_device_code(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                user_code_hash TEXT NOT NULL UNIQUE CHECK(length(user_code_hash) = 64),
                app TEXT NOT NULL,
                asked_scopes TEXT NOT NULL,
                requester_address TEXT NOT NULL,
                interval_s BIGINT NOT NULL,
                last_polled_at BIGINT,
                state TEXT NOT NULL CHECK(state IN ('pending', 'approved', 'denied', 'consumed')),
                markup_bps BIGINT NOT NULL,
                owner TEXT,
                project TEXT,
                connection TEXT,
                scopes TEXT,
                auth_time BIGINT,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                key TEXT,
                CHECK((state = 'consumed') = (key IS NOT NULL)),
                CHECK((state IN ('approved', 'consumed')) = (connection IS NOT NULL))
            );
            CREATE INDEX oauth_device_code_by_end ON oauth_device_code(expires_at);
            CREATE INDEX oauth_device_code_of_app ON oauth_device_code(app, expires_at);
            CREATE TABLE oauth_subject(
                developer TEXT NOT NULL,
                owner TEXT NOT NULL,
                subject TEXT NOT NULL UNIQUE,
                PRIMARY KEY(developer, owner)
            );
            CREATE TABLE oauth_signing_key(
                kid TEXT PRIMARY KEY,
                sealed_by TEXT NOT NULL,
                public_key TEXT NOT NULL,
                sealed_private_key TEXT NOT NULL,
                active_from BIGINT NOT NULL,
                created_at BIGINT NOT NULL
            );
            CREATE TABLE oauth_revoke_link(
                hash TEXT PRIMARY KEY CHECK(length(hash) = 64),
                connection TEXT NOT NULL,
                expires_at BIGINT NOT NULL
            );
            """
        ),
        new("oauth-0002", "ALTER TABLE oauth_device_code ADD COLUMN requester_country TEXT"),
    ];
}
