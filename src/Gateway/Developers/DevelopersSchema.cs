using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>The tables of this room. Lists of addresses stand one to a line: none of them can hold
/// a line break.</summary>
public static class DevelopersSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "developers-0001",
            """
            CREATE TABLE app(
                id TEXT PRIMARY KEY,
                owner TEXT NOT NULL,
                name TEXT NOT NULL,
                description TEXT,
                website_url TEXT,
                publisher_name TEXT,
                verified_domain TEXT,
                kind TEXT NOT NULL CHECK(kind IN ('web', 'browser', 'native', 'device')),
                confidential BIGINT NOT NULL CHECK(confidential IN (0, 1)),
                redirect_uris TEXT NOT NULL,
                web_origins TEXT NOT NULL,
                default_scopes TEXT NOT NULL,
                allowed_scopes TEXT NOT NULL,
                device_codes BIGINT NOT NULL CHECK(device_codes IN (0, 1)),
                markup_bps BIGINT NOT NULL CHECK(markup_bps BETWEEN 0 AND 100000),
                logo_asset_id TEXT,
                state TEXT NOT NULL
                    CHECK(state IN ('pending', 'approved', 'rejected', 'suspended')),
                review_note TEXT,
                proposed TEXT,
                created_at BIGINT NOT NULL
            );
            CREATE INDEX app_of_owner ON app(owner);
            CREATE TABLE app_secret(
                id TEXT PRIMARY KEY,
                app TEXT NOT NULL,
                hash TEXT NOT NULL UNIQUE CHECK(length(hash) = 64),
                hint TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                deleted_at BIGINT
            );
            CREATE INDEX app_secret_of_app ON app_secret(app);
            CREATE TABLE app_review(
                id TEXT PRIMARY KEY,
                app TEXT NOT NULL,
                reviewer TEXT NOT NULL,
                from_state TEXT NOT NULL,
                to_state TEXT NOT NULL,
                note TEXT,
                at BIGINT NOT NULL
            );
            """
        ),
        // In base64, so that both stores have the same type for it; a logo is small.
        new(
            "developers-0002",
            """
            CREATE TABLE app_logo(
                id TEXT PRIMARY KEY CHECK(length(id) = 64),
                app TEXT NOT NULL,
                media_type TEXT NOT NULL
                    CHECK(media_type IN ('image/png', 'image/jpeg', 'image/webp')),
                content TEXT NOT NULL CHECK(length(content) <= 400000),
                created_at BIGINT NOT NULL
            );
            CREATE INDEX app_logo_of_app ON app_logo(app);
            """
        ),
        // Apart from the state, which is the operator's word and stays what it was.
        new("developers-0003", "ALTER TABLE app ADD COLUMN closed_because TEXT;"),
    ];
}
