using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

// Making, showing, rolling and revoking keys.
public sealed partial class ApiKeys
{
    /// <summary>An old key of a planned change lives this much longer at most.</summary>
    public static readonly TimeSpan RollGraceMax = TimeSpan.FromHours(24);

    private const string SelectSql = """
        SELECT id, hint, name, owner, project, app, connection, scopes, monthly_limit_nano_usd,
               requests_per_minute, created_at, last_used_day, expires_at, revoked_at,
               revoked_reason
          FROM api_key
        """;

    private const string InsertSql = """
        INSERT INTO api_key(id, hash, hint, name, owner, project, app, connection, scopes,
               monthly_limit_nano_usd, requests_per_minute, created_at, expires_at)
        VALUES(@id, @hash, @hint, @name, @owner, @project, @app, @connection, @scopes,
               @limit, @rpm, @created, @expires)
        """;

    public async Task<Outcome<MintedKey>> MintAsync(NewKey wish) =>
        wish.Wrong(_time.GetUtcNow()) is { } wrong
            ? wrong
            : await _database.WriteAsync(connection => Mint(connection, wish));

    /// <summary>The same inside a write of another room, which has checked the wish.</summary>
    public MintedKey Mint(DbConnection connection, NewKey wish)
    {
        Invariant.Holds(
            wish.App is null == wish.Connection is null,
            "a key of an app belongs to a connection"
        );
        var createdAt = DateTimeOffset.FromUnixTimeMilliseconds(_database.Now(connection));
        var secret = Secrets.New(Secrets.ApiKey);
        var key = new ApiKey
        {
            Id = KeyId.New(),
            Hint = Secrets.HintOf(secret),
            Name = wish.Name.Trim(),
            Owner = wish.Owner,
            Project = wish.Project,
            App = wish.App,
            Connection = wish.Connection,
            Scopes = wish.Scopes,
            MonthlyLimit = wish.MonthlyLimit,
            RequestsPerMinute = wish.RequestsPerMinute,
            CreatedAt = createdAt,
            ExpiresAt = wish.ExpiresAt ?? createdAt + _options.ExpireAfter,
        };
        connection.Execute(
            InsertSql,
            ("id", key.Id.Value),
            ("hash", Secrets.HashOf(secret).ToString()),
            ("hint", key.Hint),
            ("name", key.Name),
            ("owner", key.Owner.Value),
            ("project", key.Project.Value),
            ("app", key.App?.Value),
            ("connection", key.Connection?.Value),
            ("scopes", Scopes.Text(key.Scopes)),
            ("limit", key.MonthlyLimit?.Value),
            ("rpm", key.RequestsPerMinute),
            ("created", createdAt.ToUnixTimeMilliseconds()),
            ("expires", key.ExpiresAt?.ToUnixTimeMilliseconds())
        );
        return new MintedKey(secret, key);
    }

    public async Task<ApiKey?> FindAsync(KeyId id, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        return Find(connection, id);
    }

    /// <summary>For another room's write: whether the key is neither revoked nor expired now.</summary>
    public bool IsAlive(DbConnection connection, KeyId id) =>
        Find(connection, id) is { RevokedAt: null } key
        && !(key.ExpiresAt?.ToUnixTimeMilliseconds() <= _database.Now(connection));

    /// <summary>A project's keys, the newest first, revoked ones included.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(ProjectId project, CancellationToken ct)
    {
        await using var connection = await _database.OpenAsync(ct);
        return connection.Query(
            SelectSql + " WHERE project = @project ORDER BY id DESC",
            Read,
            ("project", project.Value)
        );
    }

    /// <summary>Completes when every node goes by the new limit; null takes it away.</summary>
    /// <returns>False when there is no such key.</returns>
    public async Task<bool> LimitAsync(KeyId id, NanoUsd? monthly, CancellationToken ct)
    {
        var seq = await _database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE api_key SET monthly_limit_nano_usd = @limit WHERE id = @id",
                ("limit", monthly?.Value),
                ("id", id.Value)
            ) == 1
                ? _database.Record(connection, KeyChanges.Key, id.Value)
                : (long?)null
        );
        if (seq is { } change)
        {
            await _feed.SeenByAllAsync(change, ct);
        }

        return seq is not null;
    }

    /// <summary>
    /// Completes when no node acts on this key any more: each live one has heard of it, or no
    /// longer trusts its memory. Revoking again changes nothing and promises the same.
    /// </summary>
    /// <returns>False when there is no such key.</returns>
    /// <exception cref="StoreUnavailableException">Nothing is known to have been revoked.</exception>
    public async Task<bool> RevokeAsync(KeyId id, RevokeReason reason, CancellationToken ct)
    {
        var seq = await _database.WriteAsync(connection => Revoke(connection, id, reason));
        if (seq is { } change)
        {
            await _feed.SeenByAllAsync(change, ct);
        }

        return seq is not null;
    }

    /// <summary>
    /// A new key in the place of this one, with all its rights. The old one dies at once (a leak),
    /// or after a while in which both work (a planned change).
    /// </summary>
    public async Task<Outcome<MintedKey>> RollAsync(KeyId id, TimeSpan grace, CancellationToken ct)
    {
        Invariant.Holds(
            grace >= TimeSpan.Zero && grace <= RollGraceMax,
            "a rolled key lives a day longer at most"
        );
        var rolled = await _database.WriteAsync(connection => Roll(connection, id, grace));
        if (rolled is not var (minted, seq))
        {
            return new Denial.NotFound("key that still works and has that id");
        }

        await _feed.SeenByAllAsync(seq, ct);
        return minted;
    }

    /// <summary>Inside a write; call it last. Null when there is no such key.</summary>
    internal long? Revoke(DbConnection connection, KeyId id, RevokeReason reason)
    {
        // The first reason stays: it is the true one.
        var found = connection.Execute(
            """
            UPDATE api_key
               SET revoked_at = COALESCE(revoked_at, @now),
                   revoked_reason = COALESCE(revoked_reason, @reason)
             WHERE id = @id
            """,
            ("now", _database.Now(connection)),
            ("reason", reason.ToString()),
            ("id", id.Value)
        );
        return found == 0 ? null : _database.Record(connection, KeyChanges.KeyRevoked, id.Value);
    }

    private (MintedKey Minted, long Seq)? Roll(DbConnection connection, KeyId id, TimeSpan grace)
    {
        var now = _database.Now(connection);
        var old = Find(connection, id, connection.ForUpdate());
        if (
            old is not { RevokedAt: null }
            || old.ExpiresAt <= DateTimeOffset.FromUnixTimeMilliseconds(now)
        )
        {
            return null;
        }

        var minted = Mint(
            connection,
            new NewKey
            {
                Owner = old.Owner,
                Project = old.Project,
                Name = old.Name,
                Scopes = old.Scopes,
                App = old.App,
                Connection = old.Connection,
                MonthlyLimit = old.MonthlyLimit,
                RequestsPerMinute = old.RequestsPerMinute,
            }
        );
        if (grace == TimeSpan.Zero)
        {
            return (minted, Revoke(connection, id, RevokeReason.Rolled)!.Value);
        }

        connection.Execute(
            """
            UPDATE api_key SET expires_at = @until
             WHERE id = @id AND (expires_at IS NULL OR expires_at > @until)
            """,
            ("until", now + (long)grace.TotalMilliseconds),
            ("id", id.Value)
        );
        return (minted, _database.Record(connection, KeyChanges.Key, id.Value));
    }

    private static ApiKey? Find(DbConnection connection, KeyId id, string suffix = "") =>
        connection.QueryOne(SelectSql + " WHERE id = @id" + suffix, Read, ("id", id.Value));

    private static ApiKey Read(DbDataReader row) =>
        new()
        {
            Id = new KeyId(row.GetString(0)),
            Hint = row.GetString(1),
            Name = row.GetString(2),
            Owner = new UserId(row.GetString(3)),
            Project = new ProjectId(row.GetString(4)),
            App = row.TextOrNull(5) is { } app ? new AppId(app) : null,
            Connection = row.TextOrNull(6) is { } grant ? new ConnectionId(grant) : null,
            Scopes = Scopes.Read(row.GetString(7)),
            MonthlyLimit = row.LongOrNull(8) is { } limit ? new NanoUsd(limit) : null,
            RequestsPerMinute = (int?)row.LongOrNull(9),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(10)),
            LastUsedOn = row.LongOrNull(11) is { } day
                ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day))
                : null,
            ExpiresAt = TimeOrNull(row.LongOrNull(12)),
            RevokedAt = TimeOrNull(row.LongOrNull(13)),
            RevokedBecause = row.TextOrNull(14) is { } reason
                ? Enum.Parse<RevokeReason>(reason)
                : null,
        };

    private static DateTimeOffset? TimeOrNull(long? ms) =>
        ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
