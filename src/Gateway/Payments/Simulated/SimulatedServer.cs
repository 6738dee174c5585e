using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>A request of the API, as it arrived.</summary>
internal sealed record SimulatedRequest(
    string Method,
    string Path,
    IReadOnlyList<KeyValuePair<string, string>> Fields
)
{
    public string? Key { get; init; }

    /// <summary>The connected account in whose name it is asked.</summary>
    public string? Account { get; init; }

    /// <summary>The field, by its full bracketed name.</summary>
    public string? this[string name]
    {
        get
        {
            var found = Fields.LastOrDefault(f => f.Key == name).Value;
            return string.IsNullOrEmpty(found) ? null : found;
        }
    }

    public string Need(string name) =>
        this[name]
        ?? throw new SimulatedRefusalException(
            400,
            "parameter_missing",
            "Missing required param: " + name
        );

    public long NeedLong(string name) =>
        long.TryParse(Need(name), CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SimulatedRefusalException(
                400,
                "parameter_invalid_integer",
                "Invalid integer: " + name
            );

    public JsonObject Metadata(string prefix = "metadata")
    {
        JsonObject metadata = [];
        foreach (var (name, value) in Fields)
        {
            if (name.StartsWith(prefix + "[", StringComparison.Ordinal) && name.EndsWith(']'))
            {
                metadata[name[(prefix.Length + 1)..^1]] = value;
            }
        }

        return metadata;
    }

    public bool Expands(string path) =>
        Fields.Any(f =>
            f.Key.StartsWith("expand[", StringComparison.Ordinal)
            && (f.Value == path || f.Value.StartsWith(path + ".", StringComparison.Ordinal))
        );

    public string Fingerprint()
    {
        var text = Method + Path + string.Join('&', Fields.Select(f => f.Key + "=" + f.Value));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

internal sealed record SimulatedAnswer(int Status, string Body)
{
    public bool IsReplay { get; init; }

    /// <summary>The effect is there, the answer never arrives.</summary>
    public bool IsLost { get; init; }
}

/// <summary>
/// A small payment provider inside this process: the same REST API, hosted pages, test cards and
/// signed events as the real one, with its state in our store. Our client cannot tell the two
/// apart, and neither can a restart.
/// </summary>
internal sealed class SimulatedServer(Database database, PaymentsOptions options, TimeProvider time)
{
    public const string Root = "/simulated-stripe";

    private readonly ConcurrentDictionary<string, string> _settings = new(StringComparer.Ordinal);

    /// <summary>What signs its events.</summary>
    public string WebhookSecret => _settings["webhook_secret"];

    /// <summary>What signs events of connected accounts: they have an endpoint of their
    /// own.</summary>
    public string ConnectSecret => _settings["connect_secret"];

    public IReadOnlyList<string> WebhookSecrets => [WebhookSecret, ConnectSecret];

    /// <summary>What callers over HTTP must present.</summary>
    public string SecretKey => _settings["secret_key"];

    public string PagesUrl => options.PublicUrl + Root;

    /// <summary>Makes its secrets once; every node then has the same.</summary>
    public async Task PrepareAsync()
    {
        foreach (
            var (name, prefix) in ((string, string)[])
                [
                    ("webhook_secret", "whsec_sim"),
                    ("connect_secret", "whsec_simconnect"),
                    ("secret_key", "sk_test_sim"),
                ]
        )
        {
            var made = prefix + RandomNumberGenerator.GetHexString(32, lowercase: true);
            _settings[name] = await database.WriteAsync(connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO simulated_setting(name, value) VALUES(@name, @value)
                    ON CONFLICT(name) DO NOTHING
                    """,
                    ("name", name),
                    ("value", made)
                );
                return Setting(connection, name)!;
            });
        }
    }

    public async Task<SimulatedAnswer> AnswerAsync(SimulatedRequest request)
    {
        try
        {
            return await RunAsync(books => Answer(books, request));
        }
        catch (SimulatedRefusalException refusal)
        {
            var error = SimulatedErrors.Invalid(refusal.Code, refusal.Message);
            return new SimulatedAnswer(refusal.Status, error.ToJsonString());
        }
    }

    /// <summary>One change of its objects; for its pages and for what happens at banks.</summary>
    public Task<T> RunAsync<T>(Func<SimulatedBooks, T> work) =>
        database.WriteAsync(connection =>
        {
            // One at a time: a fake needs no throughput, and its figures stay simple.
            connection.LockNamed("simulated-payments", shared: false);
            var switches =
                Setting(connection, "switches") is { } json
                && SimulatedSwitches.Parse(json) is { } stored
                    ? stored
                    : new SimulatedSwitches();
            var books = new SimulatedBooks(connection, time.GetUtcNow(), PagesUrl, switches)
            {
                Keys = new SimulatedKeys(connection, time.GetUtcNow()),
            };
            var result = work(books);
            if (switches.IsChanged)
            {
                Save(connection, switches);
            }

            return result;
        });

    public Task SetAsync(SimulatedSwitches switches) =>
        database.WriteAsync(connection => Save(connection, switches));

    private static SimulatedAnswer Answer(SimulatedBooks books, SimulatedRequest request)
    {
        var fault = books.Switches.TakeTrouble(request.Path);
        if (SimulatedErrors.Before(fault) is { } refusal)
        {
            return refusal;
        }

        var kept = request.Method == "POST" ? request.Key : null;
        if (kept is not null && books.Keys.Find(kept) is { } before)
        {
            return before.Request == request.Fingerprint()
                ? before.Answer with
                {
                    IsReplay = true,
                    IsLost = fault is SimulatedFault.LostAfterEffect,
                }
                : new SimulatedAnswer(400, SimulatedErrors.KeyReused().ToJsonString());
        }

        var answer = SimulatedRoutes.Answer(books, request);
        if (fault is SimulatedFault.ServerErrorAfterEffect)
        {
            answer = new SimulatedAnswer(500, SimulatedErrors.Server().ToJsonString());
        }

        if (kept is not null && fault is not SimulatedFault.LostAndForgotten)
        {
            books.Keys.Keep(kept, request.Fingerprint(), answer);
        }

        return answer with
        {
            IsLost = fault is SimulatedFault.LostAfterEffect or SimulatedFault.LostAndForgotten,
        };
    }

    private static string? Setting(DbConnection connection, string name) =>
        connection.QueryOne(
            "SELECT value FROM simulated_setting WHERE name = @name",
            row => row.GetString(0),
            ("name", name)
        );

    private static int Save(DbConnection connection, SimulatedSwitches switches) =>
        connection.Execute(
            """
            INSERT INTO simulated_setting(name, value) VALUES('switches', @value)
            ON CONFLICT(name) DO UPDATE SET value = excluded.value
            """,
            ("value", switches.ToJson())
        );
}

/// <summary>First answers by idempotency key, kept for a day.</summary>
internal sealed class SimulatedKeys(DbConnection connection, DateTimeOffset now)
{
    private static readonly TimeSpan s_keptFor = TimeSpan.FromHours(24);

    public (string Request, SimulatedAnswer Answer)? Find(string key) =>
        connection.QueryOne<(string, SimulatedAnswer)?>(
            "SELECT request, status, body FROM simulated_key WHERE id = @id AND at > @since",
            row => (row.GetString(0), new SimulatedAnswer((int)row.GetInt64(1), row.GetString(2))),
            ("id", key),
            ("since", (now - s_keptFor).ToUnixTimeMilliseconds())
        );

    public void Keep(string key, string request, SimulatedAnswer answer) =>
        connection.Execute(
            """
            INSERT INTO simulated_key(id, request, status, body, at)
            VALUES(@id, @request, @status, @body, @at)
            ON CONFLICT(id) DO UPDATE SET request = excluded.request, status = excluded.status,
                body = excluded.body, at = excluded.at
            """,
            ("id", key),
            ("request", request),
            ("status", (long)answer.Status),
            ("body", answer.Body),
            ("at", now.ToUnixTimeMilliseconds())
        );
}
