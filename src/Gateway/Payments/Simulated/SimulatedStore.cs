using System.Data.Common;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>The simulated provider's own tables. Nothing outside this folder reads them: to the
/// rest
/// of the gateway they are as far away as the real provider's.</summary>
internal static class SimulatedStore
{
    public const string Tables = """
        CREATE TABLE simulated_object(
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            json TEXT NOT NULL,
            card TEXT
        );
        CREATE INDEX simulated_object_kind ON simulated_object(kind, id);
        CREATE TABLE simulated_key(
            id TEXT PRIMARY KEY,
            request TEXT NOT NULL,
            status BIGINT NOT NULL,
            body TEXT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE TABLE simulated_event(
            id TEXT PRIMARY KEY,
            type TEXT NOT NULL,
            json TEXT NOT NULL,
            created BIGINT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('waiting', 'delivered', 'lost')),
            copies BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            due_at BIGINT NOT NULL
        );
        CREATE INDEX simulated_event_due ON simulated_event(due_at) WHERE state = 'waiting';
        CREATE TABLE simulated_setting(name TEXT PRIMARY KEY, value TEXT NOT NULL);
        """;
}

/// <summary>The provider's objects inside one transaction.</summary>
internal sealed class SimulatedBooks(
    DbConnection connection,
    DateTimeOffset now,
    string pagesUrl,
    SimulatedSwitches switches
)
{
    public DateTimeOffset Now { get; } = now;

    /// <summary>Where the hosted pages are.</summary>
    public string PagesUrl { get; } = pagesUrl;

    public SimulatedSwitches Switches { get; } = switches;

    public required SimulatedKeys Keys { get; init; }

    public long Created => Now.ToUnixTimeSeconds();

    public JsonObject? Find(string? id) =>
        id is not null
        && connection.QueryOne(
            "SELECT json FROM simulated_object WHERE id = @id",
            row => row.GetString(0),
            ("id", id)
        )
            is { } json
            ? JsonNode.Parse(json)!.AsObject()
            : null;

    /// <exception cref="SimulatedRefusalException">There is none.</exception>
    public JsonObject Get(string? id, string param) =>
        Find(id)
        ?? throw new SimulatedRefusalException(
            param == "id" ? 404 : 400,
            "resource_missing",
            $"No such {param}: '{id}'"
        );

    /// <summary>The test number behind a saved card.</summary>
    public string? CardOf(string id) =>
        connection.QueryOne(
            "SELECT card FROM simulated_object WHERE id = @id",
            row => row.TextOrNull(0),
            ("id", id)
        );

    public JsonObject Put(JsonObject item, string? card = null)
    {
        connection.Execute(
            """
            INSERT INTO simulated_object(id, kind, json, card) VALUES(@id, @kind, @json, @card)
            ON CONFLICT(id) DO UPDATE SET json = excluded.json,
                card = COALESCE(excluded.card, simulated_object.card)
            """,
            ("id", item.Text("id")),
            ("kind", item.Text("object")),
            ("json", item.ToJsonString()),
            ("card", card)
        );
        return item;
    }

    public List<JsonObject> All(string kind) =>
        connection.Query(
            "SELECT json FROM simulated_object WHERE kind = @kind ORDER BY id DESC LIMIT 5000",
            row => JsonNode.Parse(row.GetString(0))!.AsObject(),
            ("kind", kind)
        );

    /// <summary>Writes an event; whether and when it is delivered is up to the switches.</summary>
    /// <param name="type">Its name.</param>
    /// <param name="item">As it is now.</param>
    /// <param name="account">The connected account that it happened in; null for the
    /// platform.</param>
    public void Emit(string type, JsonObject item, string? account = null)
    {
        var id = Ids.Make("evt_");
        var body = SimulatedObjects.Event(id, type, item.DeepClone().AsObject(), Created);
        if (account is not null)
        {
            body["account"] = account;
        }

        var lost = Switches.TakeLost(type);
        connection.Execute(
            """
            INSERT INTO simulated_event(id, type, json, created, state, copies, attempts, due_at)
            VALUES(@id, @type, @json, @created, @state, @copies, 0, @due)
            """,
            ("id", id),
            ("type", type),
            ("json", body.ToJsonString()),
            ("created", Created),
            ("state", lost ? "lost" : "waiting"),
            ("copies", (long)Math.Max(1, Switches.Copies)),
            ("due", Now.ToUnixTimeMilliseconds() + Switches.DelayMs)
        );
    }

    /// <summary>Takes what is due by moving its time on: another node finds nothing to
    /// do.</summary>
    public List<SimulatedEvent> TakeDue()
    {
        var moment = Now.ToUnixTimeMilliseconds();
        var due = connection.Query(
            """
            SELECT id, json, copies, attempts FROM simulated_event
            WHERE state = 'waiting' AND due_at <= @now ORDER BY id LIMIT 100
            """,
            row => new SimulatedEvent(
                row.GetString(0),
                row.GetString(1),
                row.GetInt64(2),
                row.GetInt64(3)
            ),
            ("now", moment)
        );
        foreach (var waiting in due)
        {
            connection.Execute(
                "UPDATE simulated_event SET due_at = @later WHERE id = @id",
                ("later", moment + 60_000),
                ("id", waiting.Id)
            );
        }

        return due;
    }

    public List<JsonObject> Events(IReadOnlySet<string> types, bool undelivered, long since) =>
        [
            .. connection
                .Query(
                    """
                    SELECT type, json, state FROM simulated_event WHERE created >= @since
                    ORDER BY id DESC LIMIT 5000
                    """,
                    row => (row.GetString(0), Json: row.GetString(1), State: row.GetString(2)),
                    ("since", since)
                )
                .Where(found => types.Count == 0 || types.Contains(found.Item1))
                .Where(found => !undelivered || found.State != "delivered")
                .Select(found => JsonNode.Parse(found.Json)!.AsObject()),
        ];
}

internal static class SimulatedJson
{
    public static string Text(this JsonObject item, string name) =>
        item[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    public static string? TextOrNull(this JsonObject item, string name) =>
        item.Text(name) is { Length: > 0 } text ? text : null;

    public static long Long(this JsonObject item, string name) =>
        item[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;
}

/// <summary>A request that is wrong in itself: it has no effect and its key is not kept.</summary>
internal sealed class SimulatedRefusalException(int status, string code, string message)
    : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
