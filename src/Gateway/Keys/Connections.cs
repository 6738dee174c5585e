using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>What a user granted to an app, as far as the right to spend hangs on it.</summary>
public sealed record Connection
{
    public required ConnectionId Id { get; init; }

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    public required AppId App { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Agreed to at consent. A higher one of the app waits for a new consent, a lower one
    /// applies at once.</summary>
    public required int MarkupBps { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }
}

public enum AppStanding
{
    /// <summary>Not yet reviewed: only its own publisher can have a key of it.</summary>
    Pending,
    Approved,
    Suspended,
}

/// <summary>
/// Changes what keys may spend through apps. Each act completes when every node goes by it. The
/// forms that take a connection to the store are for the rooms above, inside writes of their own.
/// </summary>
public sealed partial class Connections(Database database, ChangeFeed feed, ApiKeys keys)
{
    /// <summary>Opens the grant, or puts a new consent in the place of the old one.</summary>
    public long Agree(DbConnection connection, Connection grant)
    {
        connection.Execute(
            """
            INSERT INTO connection(id, owner, project, app, state, scopes, markup_bps,
                   monthly_limit_nano_usd, created_at)
            VALUES(@id, @owner, @project, @app, 'active', @scopes, @markup, @limit, @now)
            ON CONFLICT(id) DO UPDATE
               SET state = 'active', scopes = excluded.scopes, markup_bps = excluded.markup_bps,
                   monthly_limit_nano_usd = excluded.monthly_limit_nano_usd
            """,
            ("id", grant.Id.Value),
            ("owner", grant.Owner.Value),
            ("project", grant.Project.Value),
            ("app", grant.App.Value),
            ("scopes", Scopes.Text(grant.Scopes)),
            ("markup", grant.MarkupBps),
            ("limit", grant.MonthlyLimit?.Value),
            ("now", database.Now(connection))
        );
        return database.Record(connection, KeyChanges.Connection, grant.Id.Value);
    }

    public Task AgreeAsync(Connection grant, CancellationToken ct) =>
        EverywhereAsync(connection => Agree(connection, grant), ct);

    public Task PauseAsync(ConnectionId id, CancellationToken ct) =>
        EverywhereAsync(connection => Move(connection, id, from: "active", to: "paused"), ct);

    public Task ResumeAsync(ConnectionId id, CancellationToken ct) =>
        EverywhereAsync(connection => Move(connection, id, from: "paused", to: "active"), ct);

    public Task LimitAsync(ConnectionId id, NanoUsd? monthly, CancellationToken ct) =>
        EverywhereAsync(
            connection =>
            {
                connection.Execute(
                    "UPDATE connection SET monthly_limit_nano_usd = @limit WHERE id = @id",
                    ("limit", monthly?.Value),
                    ("id", id.Value)
                );
                return database.Record(connection, KeyChanges.Connection, id.Value);
            },
            ct
        );

    /// <summary>The user disconnects the app: all keys of the connection die with it.</summary>
    public Task RevokeAsync(ConnectionId id, RevokeReason reason, CancellationToken ct) =>
        EverywhereAsync(
            connection =>
            {
                connection.Execute(
                    "UPDATE connection SET state = 'revoked' WHERE id = @id",
                    ("id", id.Value)
                );
                var live = connection.Query(
                    "SELECT id FROM api_key WHERE connection = @id AND revoked_at IS NULL",
                    row => new KeyId(row.GetString(0)),
                    ("id", id.Value)
                );
                foreach (var key in live)
                {
                    keys.Revoke(connection, key, reason);
                }

                return database.Record(connection, KeyChanges.Connection, id.Value);
            },
            ct
        );

    /// <summary>What the operator's review and the app's publisher decide about an app.</summary>
    public Task StandAsync(
        AppId app,
        AppStanding standing,
        int markupBps,
        ResellerId? reseller,
        CancellationToken ct
    ) => EverywhereAsync(c => Stand(c, app, standing, markupBps, reseller), ct);

    public long Stand(
        DbConnection connection,
        AppId app,
        AppStanding standing,
        int markupBps,
        ResellerId? reseller
    )
    {
        connection.Execute(
            """
            INSERT INTO app_standing(app, state, reseller, markup_bps)
            VALUES(@app, @state, @reseller, @markup)
            ON CONFLICT(app) DO UPDATE
               SET state = excluded.state, reseller = excluded.reseller,
                   markup_bps = excluded.markup_bps
            """,
            ("app", app.Value),
            ("state", standing.ToString().ToLowerInvariant()),
            ("reseller", reseller?.Value),
            ("markup", markupBps)
        );
        var kind = standing == AppStanding.Suspended ? KeyChanges.AppSuspended : KeyChanges.App;
        return database.Record(connection, kind, app.Value);
    }

    private long Move(DbConnection connection, ConnectionId id, string from, string to)
    {
        // A revoked connection never comes back by being resumed.
        connection.Execute(
            "UPDATE connection SET state = @to WHERE id = @id AND state = @from",
            ("to", to),
            ("id", id.Value),
            ("from", from)
        );
        return database.Record(connection, KeyChanges.Connection, id.Value);
    }

    private async Task EverywhereAsync(Func<DbConnection, long> change, CancellationToken ct)
    {
        var seq = await database.WriteAsync(change);
        await feed.SeenByAllAsync(seq, ct);
    }
}
