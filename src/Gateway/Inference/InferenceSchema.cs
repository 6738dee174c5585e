using Arda.Gateway.Storage;

namespace Arda.Gateway.Inference;

/// <summary>The one table of this room: answers kept for a retry.</summary>
public static class InferenceSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(
            "inference-0001",
            """
            CREATE TABLE replay(
                api_key TEXT NOT NULL,
                idempotency_key TEXT NOT NULL,
                request_hash TEXT NOT NULL,
                state TEXT NOT NULL CHECK(state IN ('running', 'kept', 'charged')),
                generation TEXT NOT NULL,
                headers TEXT,
                body TEXT,
                started_at BIGINT NOT NULL,
                PRIMARY KEY(api_key, idempotency_key)
            );
            CREATE INDEX replay_by_age ON replay(started_at);
            """
        ),
        // Which process runs it: what says "running" when that node starts again died with it.
        new("inference-0002", "ALTER TABLE replay ADD COLUMN node TEXT NOT NULL DEFAULT ''"),
    ];
}
