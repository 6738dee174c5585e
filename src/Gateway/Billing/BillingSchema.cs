using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing;

/// <summary>The tables of this room. Of a portal link only the hash of its secret is kept.</summary>
public static class BillingSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "billing-0001",
            """
            CREATE TABLE portal_session(
                id TEXT PRIMARY KEY,
                hash TEXT NOT NULL UNIQUE CHECK(length(hash) = 64),
                api_key TEXT NOT NULL,
                owner TEXT NOT NULL,
                project TEXT NOT NULL,
                app TEXT,
                connection TEXT,
                purpose TEXT NOT NULL,
                return_url TEXT,
                app_state TEXT,
                suggested_topup_cents BIGINT CHECK(suggested_topup_cents > 0),
                suggested_auto_reload BIGINT,
                status TEXT NOT NULL CHECK(status IN ('open', 'opened', 'funded', 'saved',
                    'limits_changed', 'cancelled', 'failed')),
                created_at BIGINT NOT NULL,
                link_expires_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL CHECK(expires_at > link_expires_at),
                opened_at BIGINT,
                finished_at BIGINT,
                CHECK((app IS NULL) = (connection IS NULL)),
                CHECK(return_url IS NULL OR app IS NOT NULL)
            );
            CREATE INDEX portal_session_by_end ON portal_session(expires_at);
            """
        ),
        new(
            "billing-0002",
            """
            CREATE TABLE feedback(
                generation TEXT PRIMARY KEY,
                api_key TEXT NOT NULL,
                project TEXT NOT NULL,
                rating TEXT NOT NULL CHECK(rating IN ('up', 'down')),
                reason TEXT,
                intent TEXT,
                comment TEXT,
                at BIGINT NOT NULL
            );
            """
        ),
    ];
}
