using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Who is signed in. The cookie carries 256 random bits, the store their hash alone, and every node
/// asks the store, so that a session that was ended is dead everywhere at once. A new secret at
/// every sign-in and re-authentication: one that was planted before is worth nothing after.
/// </summary>
public sealed class Sessions
{
    public static readonly TimeSpan IdleMax = TimeSpan.FromHours(12);
    public static readonly TimeSpan AgeMax = TimeSpan.FromDays(30);

    private const int AgentCharsMax = 200;
    private static readonly TimeSpan s_touchEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_browserKnownFor = TimeSpan.FromDays(400);
    private static readonly object s_item = new();

    private const string SelectSql = """
        SELECT s.id, s.method, s.address, s.agent, s.created_at, s.authenticated_at, s.seen_at,
            p.id, p.email, p.name, p.is_operator, p.created_at
        FROM session s JOIN person p ON p.id = s.person AND p.state = 'active'
        """;

    private readonly Database _database;
    private readonly Cookies _cookies;

    internal Sessions(Database database, Cookies cookies) =>
        (_database, _cookies) = (database, cookies);

    /// <summary>The session of this request; null when nobody is signed in.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async ValueTask<Session?> CurrentAsync(HttpContext http)
    {
        if (http.Items.TryGetValue(s_item, out var known))
        {
            return (Session?)known;
        }

        var session = _cookies.SessionOf(http) is { } secret
            ? await FindAsync(Secrets.HashOf(secret), http.RequestAborted)
            : null;
        http.Items[s_item] = session;
        return session;
    }

    /// <summary>Begins a session, in the place of the browser's former one. A re-authentication is
    /// the same act and keeps nothing of the old secret.</summary>
    public async Task<Session> SignInAsync(HttpContext http, Person person, SignInMethod method)
    {
        var secret = Secrets.New(Secrets.Session);
        var former = _cookies.SessionOf(http);
        var visitor = Secrets.HashOf(_cookies.KnowVisitor(http)).ToString();
        var id = Ids.Make("ses_");
        var agent = http.Request.Headers.UserAgent.ToString();
        await _database.WriteAsync(connection =>
        {
            var now = _database.Now(connection);
            if (former is not null)
            {
                connection.Execute(
                    "DELETE FROM session WHERE hash = @hash",
                    ("hash", Secrets.HashOf(former).ToString())
                );
            }

            Forget(connection, now);
            Remember(connection, visitor, person.Id, now);
            return connection.Execute(
                """
                INSERT INTO session(hash, id, person, method, address, agent, created_at,
                    authenticated_at, seen_at)
                VALUES(@hash, @id, @person, @method, @address, @agent, @now, @now, @now)
                """,
                ("hash", Secrets.HashOf(secret).ToString()),
                ("id", id),
                ("person", person.Id.Value),
                ("method", method.ToString()),
                ("address", http.Connection.RemoteIpAddress?.ToString()),
                ("agent", agent[..Math.Min(agent.Length, AgentCharsMax)]),
                ("now", now)
            );
        });
        _cookies.SetSession(http, secret, AgeMax);
        var session = await FindAsync(Secrets.HashOf(secret), CancellationToken.None);
        http.Items[s_item] = session;
        return session!;
    }

    public async Task SignOutAsync(HttpContext http)
    {
        if (_cookies.SessionOf(http) is { } secret)
        {
            await _database.WriteAsync(connection =>
                connection.Execute(
                    "DELETE FROM session WHERE hash = @hash",
                    ("hash", Secrets.HashOf(secret).ToString())
                )
            );
        }

        _cookies.DropSession(http);
        http.Items[s_item] = null;
    }

    /// <summary>The live ones of a person, the latest used first.</summary>
    public async Task<IReadOnlyList<Session>> ListAsync(UserId person, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        var now = _database.Now(connection);
        return connection.Query(
            SelectSql
                + """
                 WHERE s.person = @person AND s.seen_at > @idle AND s.created_at > @born
                ORDER BY s.seen_at DESC
                """,
            row => Read(row, now),
            ("person", person.Value),
            ("idle", now - (long)IdleMax.TotalMilliseconds),
            ("born", now - (long)AgeMax.TotalMilliseconds)
        );
    }

    /// <summary>Ends one session of that person; another's id ends nothing.</summary>
    public Task<bool> EndAsync(UserId person, string id) =>
        _database.WriteAsync(connection =>
            connection.Execute(
                "DELETE FROM session WHERE id = @id AND person = @person",
                ("id", id),
                ("person", person.Value)
            ) == 1
        );

    public Task EndAllOtherAsync(Session kept) =>
        _database.WriteAsync(connection => EndAll(connection, kept.Person.Id, kept.Id));

    /// <param name="connection">In a write of the caller.</param>
    /// <param name="person">Whose.</param>
    /// <param name="exceptId">The one to keep; null ends all.</param>
    internal static int EndAll(DbConnection connection, UserId person, string? exceptId) =>
        connection.Execute(
            "DELETE FROM session WHERE person = @person AND id <> @id",
            ("person", person.Value),
            ("id", exceptId ?? "")
        );

    private async Task<Session?> FindAsync(SecretHash hash, CancellationToken ct)
    {
        Session? session;
        long now;
        await using (var connection = await _database.OpenAsync(ct))
        {
            now = _database.Now(connection);
            session = connection.QueryOne(
                SelectSql + " WHERE s.hash = @hash AND s.seen_at > @idle AND s.created_at > @born",
                row => Read(row, now),
                ("hash", hash.ToString()),
                ("idle", now - (long)IdleMax.TotalMilliseconds),
                ("born", now - (long)AgeMax.TotalMilliseconds)
            );
        }

        if (session is not null && Ms(session.SeenAt) + s_touchEvery.TotalMilliseconds < now)
        {
            await _database.WriteAsync(connection =>
                connection.Execute(
                    "UPDATE session SET seen_at = @now WHERE hash = @hash",
                    ("now", now),
                    ("hash", hash.ToString())
                )
            );
        }

        return session;
    }

    private static void Forget(DbConnection connection, long now)
    {
        Attempts.Sweep(connection, now);
        connection.Execute(
            "DELETE FROM session WHERE seen_at <= @idle OR created_at <= @born",
            ("idle", now - (long)IdleMax.TotalMilliseconds),
            ("born", now - (long)AgeMax.TotalMilliseconds)
        );
    }

    // So that this browser can ask for codes even while strangers use up the budget of the address.
    private static void Remember(DbConnection connection, string visitor, UserId person, long now)
    {
        connection.Execute(
            """
            INSERT INTO known_browser(visitor, person, seen_at) VALUES(@visitor, @person, @now)
            ON CONFLICT(visitor, person) DO UPDATE SET seen_at = excluded.seen_at
            """,
            ("visitor", visitor),
            ("person", person.Value),
            ("now", now)
        );
        connection.Execute(
            "DELETE FROM known_browser WHERE person = @person AND seen_at < @old",
            ("person", person.Value),
            ("old", now - (long)s_browserKnownFor.TotalMilliseconds)
        );
    }

    private static long Ms(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static Session Read(DbDataReader row, long now)
    {
        var authenticatedAt = row.GetInt64(5);
        return new Session
        {
            Id = row.GetString(0),
            Method = Enum.Parse<SignInMethod>(row.GetString(1)),
            Address = row.TextOrNull(2),
            Agent = row.TextOrNull(3),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            AuthenticatedAt = DateTimeOffset.FromUnixTimeMilliseconds(authenticatedAt),
            SeenAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
            IsFresh = now - authenticatedAt < Session.FreshFor.TotalMilliseconds,
            Person = new Person(
                new UserId(row.GetString(7)),
                row.GetString(8),
                row.TextOrNull(9),
                row.GetInt64(10) != 0,
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(11))
            ),
        };
    }
}
