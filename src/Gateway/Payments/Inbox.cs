using System.Data.Common;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

internal enum Receipt
{
    Stored,
    Known,

    /// <summary>No event at all.</summary>
    Unreadable,
}

/// <summary>One event that waits for its worker.</summary>
internal sealed record WaitingEvent(string Id, string Type, string? ObjectId, long Attempts)
{
    /// <summary>The connected account that it happened in; null for our own.</summary>
    public string? Account { get; init; }
}

/// <summary>
/// Events as they came, each once. Receiving only stores; the work is done by whichever node leases
/// the row, and the row is marked done in the transaction of its effect (ruling 20).
/// </summary>
internal sealed class Inbox(
    Database database,
    PaymentsOptions options,
    Findings findings,
    TimeProvider time
)
{
    private const int AttemptsMax = 12;
    private const int BatchMax = 20;
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_retryFirst = TimeSpan.FromSeconds(5);

    public async Task<Receipt> ReceiveAsync(ReadOnlyMemory<byte> body)
    {
        if (Read(body) is not { } found)
        {
            return Receipt.Unreadable;
        }

        // Test events in a live store and the other way round are kept and do nothing.
        var isOurs = found.Livemode == options.IsLive;
        var text = Encoding.UTF8.GetString(body.Span);
        var isNew = await database.WriteAsync(connection =>
        {
            if (!Insert(connection, found, text, isOurs))
            {
                return false;
            }

            if (!isOurs)
            {
                findings.Write(
                    connection,
                    Findings.WrongMode,
                    found.Id,
                    $"{found.Type} with livemode={found.Livemode} was ignored"
                );
            }

            return true;
        });
        return isNew ? Receipt.Stored : Receipt.Known;
    }

    /// <summary>Leases what is due.</summary>
    public async Task<List<WaitingEvent>> TakeDueAsync(CancellationToken ct) =>
        await DueRows.AnyAsync(database, "payment_event", time.Now(), ct)
            ? await database.WriteAsync(TakeDue)
            : [];

    private List<WaitingEvent> TakeDue(DbConnection connection)
    {
        var due = connection.Query(
            $"""
            SELECT id, type, object, attempts, account FROM payment_event
            WHERE next_at <= @now AND leased_until < @store_now
            ORDER BY next_at, received_at LIMIT @max{connection.ForUpdate()}
            """,
            row => new WaitingEvent(
                row.GetString(0),
                row.GetString(1),
                row.TextOrNull(2),
                row.GetInt64(3)
            )
            {
                Account = row.TextOrNull(4),
            },
            ("now", time.Now()),
            ("store_now", database.Now(connection)),
            ("max", (long)BatchMax)
        );
        foreach (var waiting in due)
        {
            connection.Execute(
                "UPDATE payment_event SET leased_until = @until WHERE id = @id",
                ("until", database.Now(connection) + (long)s_lease.TotalMilliseconds),
                ("id", waiting.Id)
            );
        }

        return due;
    }

    /// <summary>Call it inside the transaction of the effect. Null is no event: nothing to
    /// mark.</summary>
    public bool Done(DbConnection connection, string? eventId) =>
        eventId is not null && End(connection, eventId, "done", note: null);

    public Task DoneAsync(string eventId) =>
        database.WriteAsync(connection => Done(connection, eventId));

    public Task IgnoreAsync(string eventId) =>
        database.WriteAsync(connection => End(connection, eventId, "ignored", note: null));

    /// <summary>Of an object that no row of ours knows: it may be about to be written, so it is
    /// tried a few times before it is left to the operator.</summary>
    public Task UnknownObjectAsync(WaitingEvent waiting) =>
        LaterAsync(
            waiting,
            attemptsMax: 4,
            Findings.UnknownObject,
            $"{waiting.Type} of {waiting.ObjectId}, which this gateway did not start"
        );

    /// <summary>The provider or the store was away.</summary>
    public Task LaterAsync(WaitingEvent waiting, string why) =>
        LaterAsync(waiting, AttemptsMax, Findings.EventStuck, $"{waiting.Type}: {why}");

    private Task LaterAsync(WaitingEvent waiting, int attemptsMax, string kind, string detail) =>
        database.WriteAsync(connection =>
        {
            var attempts = waiting.Attempts + 1;
            if (attempts >= attemptsMax)
            {
                findings.Write(connection, kind, waiting.ObjectId ?? waiting.Id, detail);
                return End(connection, waiting.Id, "parked", detail);
            }

            return connection.Execute(
                    """
                    UPDATE payment_event SET attempts = @attempts, leased_until = 0, next_at = @next
                    WHERE id = @id AND state = 'new'
                    """,
                    ("attempts", attempts),
                    ("next", time.In(Clockwork.Backoff(s_retryFirst, attempts))),
                    ("id", waiting.Id)
                ) == 1;
        });

    private bool Insert(DbConnection connection, StripeEvent found, string text, bool isOurs) =>
        connection.Execute(
            """
            INSERT INTO payment_event(id, type, object, account, api_version, livemode, body, state,
                attempts, received_at, next_at, leased_until)
            VALUES(@id, @type, @object, @account, @version, @livemode, @body, @state, 0, @now,
                @next, 0)
            ON CONFLICT(id) DO NOTHING
            """,
            ("id", found.Id),
            ("type", found.Type),
            ("object", found.ObjectId),
            ("account", found.Account),
            ("version", found.ApiVersion),
            ("livemode", found.Livemode),
            ("body", text),
            ("state", isOurs ? "new" : "ignored"),
            ("now", time.Now()),
            ("next", isOurs ? time.Now() : null)
        ) == 1;

    private bool End(DbConnection connection, string id, string state, string? note) =>
        connection.Execute(
            """
            UPDATE payment_event SET state = @state, note = @note, done_at = @now, next_at = NULL,
                leased_until = 0
            WHERE id = @id AND state = 'new'
            """,
            ("state", state),
            ("note", note),
            ("now", time.Now()),
            ("id", id)
        ) == 1;

    private static StripeEvent? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return StripeEvent.Read(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
