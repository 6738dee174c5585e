using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>An authorize request as it waits for its person.</summary>
internal sealed record Interaction
{
    public required AuthorizeRequest Request { get; init; }

    /// <summary>As it was shown last.</summary>
    public required int MarkupBps { get; init; }

    /// <summary>Who it was shown to; null until somebody signed in looks at it.</summary>
    public UserId? Owner { get; init; }

    public string? Session { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public bool IsDecided { get; init; }
}

/// <summary>The rows behind the consent page. A form carries only the id: nothing that matters goes
/// through a browser and back.</summary>
internal sealed class Interactions(Database database)
{
    public static readonly TimeSpan LivesFor = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan s_keptFor = TimeSpan.FromHours(1);

    public Task<InteractionId> SaveAsync(AuthorizeRequest request, Session? session)
    {
        var id = new InteractionId(Digest.NewSecret());
        return database.WriteAsync(connection =>
        {
            var now = database.Now(connection);
            connection.Execute(
                "DELETE FROM oauth_interaction WHERE expires_at < @before",
                ("before", now - (long)s_keptFor.TotalMilliseconds)
            );
            connection.Execute(
                """
                INSERT INTO oauth_interaction(hash, app, redirect_uri, scopes, state, nonce,
                       challenge, prompt, max_age, login_hint, hinted_owner, markup_bps, owner,
                       session, created_at, expires_at)
                VALUES(@hash, @app, @uri, @scopes, @state, @nonce, @challenge, @prompt, @age,
                       @hint, @hinted, @markup, @owner, @session, @now, @expires)
                """,
                ("hash", Digest.Of(id.Value)),
                ("app", request.App.Id.Value),
                ("uri", request.RedirectUri),
                ("scopes", Scopes.Text(request.Scopes)),
                ("state", request.EscapedState),
                ("nonce", request.EscapedNonce),
                ("challenge", request.Challenge),
                ("prompt", string.Join(' ', request.Prompt)),
                ("age", request.MaxAgeSeconds),
                ("hint", request.LoginHint),
                ("hinted", request.HintedOwner?.Value),
                ("markup", request.App.MarkupBps),
                ("owner", session?.Person.Id.Value),
                ("session", session?.Id),
                ("now", now),
                ("expires", now + (long)LivesFor.TotalMilliseconds)
            );
            return id;
        });
    }

    /// <summary>Null when there is none, it has expired, or its app is gone.</summary>
    public Interaction? Find(DbConnection connection, InteractionId id, string suffix = "")
    {
        var found = connection.QueryOne(
            """
            SELECT app, redirect_uri, scopes, state, nonce, challenge, prompt, max_age, login_hint,
                   hinted_owner, markup_bps, owner, session, created_at, expires_at, decided_at
              FROM oauth_interaction WHERE hash = @hash
            """ + suffix,
            row => (App: new AppId(row.GetString(0)), With: Reading(row)),
            ("hash", Digest.Of(id.Value))
        );
        return
            found.With is { } with
            && Apps.Find(connection, found.App) is { } app
            && with(app) is var interaction
            && interaction.ExpiresAt.ToUnixTimeMilliseconds() > database.Now(connection)
            ? interaction
            : null;
    }

    public async Task<Interaction?> FindAsync(InteractionId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Find(connection, id);
    }

    /// <summary>From now on it is this person's, in this browser.</summary>
    public Task BindAsync(InteractionId id, Session session) =>
        database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE oauth_interaction SET owner = @owner, session = @session
                 WHERE hash = @hash AND decided_at IS NULL AND (owner IS NULL OR owner = @owner)
                """,
                ("owner", session.Person.Id.Value),
                ("session", session.Id),
                ("hash", Digest.Of(id.Value))
            )
        );

    /// <summary>"Not you?": whoever signs in next may take it up, as if nobody had seen it.</summary>
    public Task ReleaseAsync(InteractionId id, Session session) =>
        database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE oauth_interaction SET owner = NULL, session = NULL
                 WHERE hash = @hash AND decided_at IS NULL AND session = @session
                """,
                ("hash", Digest.Of(id.Value)),
                ("session", session.Id)
            )
        );

    /// <summary>The price that the page shows is the one that is agreed to.</summary>
    public Task ShowMarkupAsync(InteractionId id, int bps) =>
        database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE oauth_interaction SET markup_bps = @bps WHERE hash = @hash",
                ("bps", bps),
                ("hash", Digest.Of(id.Value))
            )
        );

    /// <summary>False when it was decided before.</summary>
    public bool Decide(DbConnection connection, InteractionId id) =>
        connection.Execute(
            """
            UPDATE oauth_interaction SET decided_at = @now
             WHERE hash = @hash AND decided_at IS NULL
            """,
            ("now", database.Now(connection)),
            ("hash", Digest.Of(id.Value))
        ) == 1;

    // The row is read at once; its app comes by a second statement on the same connection.
    private static Func<App, Interaction> Reading(DbDataReader row)
    {
        var redirectUri = row.GetString(1);
        var scopes = Scopes.Read(row.GetString(2));
        var (state, nonce) = (row.TextOrNull(3), row.TextOrNull(4));
        var challenge = row.GetString(5);
        var prompt = row.GetString(6).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (maxAge, loginHint) = (row.LongOrNull(7), row.TextOrNull(8));
        UserId? hinted = row.TextOrNull(9) is { } hint ? new UserId(hint) : null;
        var markup = (int)row.GetInt64(10);
        UserId? owner = row.TextOrNull(11) is { } who ? new UserId(who) : null;
        var session = row.TextOrNull(12);
        var (created, expires) = (row.GetInt64(13), row.GetInt64(14));
        var isDecided = !row.IsDBNull(15);
        return app => new Interaction
        {
            Request = new AuthorizeRequest
            {
                App = app,
                RedirectUri = redirectUri,
                Scopes = scopes,
                EscapedState = state,
                EscapedNonce = nonce,
                Challenge = challenge,
                Prompt = prompt,
                MaxAgeSeconds = maxAge,
                LoginHint = loginHint,
                HintedOwner = hinted,
            },
            MarkupBps = markup,
            Owner = owner,
            Session = session,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(expires),
            IsDecided = isDecided,
        };
    }
}
