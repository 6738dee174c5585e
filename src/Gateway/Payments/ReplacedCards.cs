using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Cards that another one has replaced. Each is a row written with the replacement, and taken away
/// from the provider afterwards, so that what its owner gave up can really never be charged, not
/// even when the provider was away at that moment.
/// </summary>
internal sealed class ReplacedCards(Database database, StripeClient client, TimeProvider time)
{
    public const string Table = """
        CREATE TABLE replaced_card(
            card TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            attempts BIGINT NOT NULL,
            next_at BIGINT NOT NULL
        );
        CREATE INDEX replaced_card_due ON replaced_card(next_at);
        """;

    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);

    /// <summary>In the transaction of the replacement.</summary>
    public static void Add(DbConnection connection, ProjectId project, string card, long now) =>
        connection.Execute(
            """
            INSERT INTO replaced_card(card, project, attempts, next_at)
            VALUES(@card, @project, 0, @now) ON CONFLICT(card) DO NOTHING
            """,
            ("card", card),
            ("project", project.Value),
            ("now", now)
        );

    /// <summary>It is saved again, or gone already.</summary>
    public static void Forget(DbConnection connection, string card) =>
        connection.Execute("DELETE FROM replaced_card WHERE card = @card", ("card", card));

    public async Task DetachDueAsync(CancellationToken ct)
    {
        foreach (var (card, attempts) in await DueAsync(ct))
        {
            var answer = await client.DetachCardAsync(card, ct);
            if (answer is not StripeAnswer<StripeCard>.Unknown)
            {
                // Refused means that it is not attached any more, which is what was wanted.
                await database.WriteAsync(connection => Settle(connection, card));
                continue;
            }

            await database.WriteAsync(connection =>
                connection.Execute(
                    """
                    UPDATE replaced_card SET attempts = @attempts, next_at = @next
                    WHERE card = @card
                    """,
                    ("attempts", attempts + 1),
                    ("next", time.In(Clockwork.Backoff(s_again, attempts))),
                    ("card", card)
                )
            );
        }
    }

    private static bool Settle(DbConnection connection, string card)
    {
        Forget(connection, card);
        return true;
    }

    // A charge that runs is honoured: its key is sent again with the card that it was begun with.
    private async Task<List<(string Card, long Attempts)>> DueAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT r.card, r.attempts FROM replaced_card r
            WHERE r.next_at <= @now AND NOT EXISTS (
                SELECT 1 FROM topup t WHERE t.project = r.project AND t.card = r.card
                    AND t.state IN ('unknown', 'processing'))
            ORDER BY r.next_at LIMIT 20
            """,
            row => (row.GetString(0), row.GetInt64(1)),
            ("now", time.Now())
        );
    }
}
