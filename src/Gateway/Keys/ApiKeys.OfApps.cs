using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>A key of an app was made, or why not yet.</summary>
public sealed record AppKeyOutcome
{
    public MintedKey? Minted { get; init; }

    /// <summary>Too many were made within the hour; nothing was changed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The change to wait for, where an old key had to go.</summary>
    public long? Seq { get; init; }
}

// Keys that apps get by a user's consent: a few for each pair of them, so that an app which
// connects again and again piles none up.
public sealed partial class ApiKeys
{
    public const int LiveOfAppMax = 10;
    public const int MadeForAppPerHourMax = 10;

    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>Inside a write; call it last. The key beyond the tenth ends the oldest.</summary>
    public AppKeyOutcome MintForApp(DbConnection connection, NewKey wish)
    {
        Invariant.Holds(wish.App is not null, "a key of an app names it");
        connection.LockNamed($"keys-of:{wish.Owner.Value}:{wish.App}", shared: false);
        var now = _database.Now(connection);
        var made = connection.Query(
            """
            SELECT created_at FROM api_key
             WHERE owner = @owner AND app = @app AND created_at > @since ORDER BY created_at
            """,
            row => row.GetInt64(0),
            ("owner", wish.Owner.Value),
            ("app", wish.App?.Value),
            ("since", now - (long)s_hour.TotalMilliseconds)
        );
        if (made.Count >= MadeForAppPerHourMax)
        {
            var freeAt = made[^MadeForAppPerHourMax] + (long)s_hour.TotalMilliseconds;
            return new AppKeyOutcome { RetryAfter = TimeSpan.FromMilliseconds(freeAt - now) };
        }

        var minted = Mint(connection, wish);
        var live = connection.Query(
            """
            SELECT id FROM api_key
             WHERE owner = @owner AND app = @app AND revoked_at IS NULL
               AND (expires_at IS NULL OR expires_at > @now)
             ORDER BY created_at, id
            """,
            row => new KeyId(row.GetString(0)),
            ("owner", wish.Owner.Value),
            ("app", wish.App?.Value),
            ("now", now)
        );
        long? seq = null;
        foreach (var old in live.Take(live.Count - LiveOfAppMax))
        {
            seq = Revoke(connection, old, RevokeReason.Rolled);
        }

        return new AppKeyOutcome { Minted = minted, Seq = seq };
    }

    /// <summary>The key behind a secret, whatever has become of it; for revocation and
    /// introspection.</summary>
    public async Task<ApiKey?> FindBySecretAsync(string secret, CancellationToken ct)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.ApiKey))
        {
            return null;
        }

        await using var connection = await _database.OpenAsync(ct);
        return connection.QueryOne(
            SelectSql + " WHERE hash = @hash",
            Read,
            ("hash", Secrets.HashOf(secret).ToString())
        );
    }
}
