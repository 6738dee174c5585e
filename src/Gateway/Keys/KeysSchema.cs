using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>
/// The tables of this room. <c>app_standing</c> and <c>connection</c> hold what a key's right to
/// spend hangs on; names, review and consent texts belong to the rooms above.
/// </summary>
public static class KeysSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "keys-0001",
            """
            CREATE TABLE app_standing(
                app TEXT PRIMARY KEY,
                state TEXT NOT NULL CHECK(state IN ('pending', 'approved', 'suspended')),
                reseller TEXT,
                markup_bps BIGINT NOT NULL CHECK(markup_bps BETWEEN 0 AND 1000000)
            );
            CREATE TABLE connection(
                id TEXT PRIMARY KEY,
                owner TEXT NOT NULL,
                project TEXT NOT NULL,
                app TEXT NOT NULL,
                state TEXT NOT NULL CHECK(state IN ('active', 'paused', 'revoked')),
                scopes TEXT NOT NULL,
                markup_bps BIGINT NOT NULL CHECK(markup_bps BETWEEN 0 AND 1000000),
                monthly_limit_nano_usd BIGINT CHECK(monthly_limit_nano_usd >= 0),
                created_at BIGINT NOT NULL
            );
            CREATE INDEX connection_of_project ON connection(project);
            CREATE INDEX connection_of_app ON connection(app);
            CREATE TABLE api_key(
                id TEXT PRIMARY KEY,
                hash TEXT NOT NULL UNIQUE CHECK(length(hash) = 64),
                hint TEXT NOT NULL,
                owner TEXT NOT NULL,
                project TEXT NOT NULL,
                app TEXT,
                connection TEXT,
                scopes TEXT NOT NULL,
                monthly_limit_nano_usd BIGINT CHECK(monthly_limit_nano_usd >= 0),
                requests_per_minute BIGINT CHECK(requests_per_minute > 0),
                name TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                last_used_day BIGINT,
                expires_at BIGINT,
                revoked_at BIGINT,
                revoked_reason TEXT,
                CHECK((app IS NULL) = (connection IS NULL)),
                CHECK((revoked_at IS NULL) = (revoked_reason IS NULL))
            );
            CREATE INDEX api_key_of_project ON api_key(project);
            CREATE INDEX api_key_of_connection ON api_key(connection);
            """
        ),
        new(
            "keys-0002",
            """
            CREATE INDEX api_key_of_owner_and_app ON api_key(owner, app);
            CREATE INDEX connection_of_owner_and_app ON connection(owner, app);
            """
        ),
    ];
}

/// <summary>How this room names its changes in the log of all nodes.</summary>
internal static class KeyChanges
{
    /// <summary>Something of the key changed, or it will soon expire.</summary>
    public const string Key = "key";

    /// <summary>Running streams of the key end too.</summary>
    public const string KeyRevoked = "key.revoked";

    /// <summary>State, scopes, limit or markup of a connection.</summary>
    public const string Connection = "connection";

    public const string App = "app";

    /// <summary>Running streams of the app's keys end too.</summary>
    public const string AppSuspended = "app.suspended";
}
