using System.Data.Common;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>
/// The device's side of RFC 8628 §3.4: one row goes from pending to approved or denied, and from
/// approved to consumed, on whichever node the poll arrives. Polling too fast makes the stored
/// interval longer.
/// </summary>
internal sealed class DevicePolls(Database database, GrantedKeys keys)
{
    private const int SlowDownSeconds = 5;
    private const int IntervalSecondsMax = 60;

    private static readonly OAuthError s_notValid = OAuthError.InvalidGrant(
        "The device code is not valid: unknown, used, or made for another app."
    );

    private static readonly OAuthError s_expired = Error(
        "expired_token",
        "The device code has expired; start again."
    );

    private static readonly OAuthError s_denied = Error(
        "access_denied",
        "The user did not allow it."
    );

    private static readonly OAuthError s_pending = Error(
        "authorization_pending",
        "The user has not decided yet."
    );

    private static readonly OAuthError s_slowDown = Error(
        "slow_down",
        "Polled too soon; wait five seconds longer than before."
    );

    public async Task<Redeemed> RedeemAsync(App client, string code, CancellationToken ct) =>
        Secrets.IsWellFormed(code, Secrets.DeviceCode)
            ? await keys.FinishAsync(
                await database.WriteAsync(connection => Redeem(connection, client, code)),
                ct
            )
            : new Redeemed(s_notValid);

    private Redeemed Redeem(DbConnection connection, App client, string code)
    {
        var hash = Secrets.HashOf(code).ToString();
        if (Find(connection, hash) is not { } device || device.App != client.Id)
        {
            return new Redeemed(s_notValid);
        }

        if (device.Key is { } key)
        {
            return new Redeemed(s_notValid) { Ends = keys.EndReplayed(connection, key) };
        }

        var now = database.Now(connection);
        return device.State == "denied" ? new Redeemed(s_denied)
            : device.ExpiresAt <= now ? new Redeemed(s_expired)
            : device.State == "pending" ? new Redeemed(Wait(connection, hash, device, now))
            : Consume(connection, client, hash, device);
    }

    private Redeemed Consume(DbConnection connection, App client, string hash, Device device)
    {
        var redeemed = keys.Mint(connection, client, device.Grant!);
        if (redeemed.Key is { } minted)
        {
            connection.Execute(
                """
                UPDATE oauth_device_code SET state = 'consumed', key = @key WHERE hash = @hash
                """,
                ("key", minted.Key.Id.Value),
                ("hash", hash)
            );
        }

        return redeemed;
    }

    private static OAuthError Wait(DbConnection connection, string hash, Device device, long now)
    {
        var isTooSoon =
            device.LastPolledAt is { } last && now - last < device.IntervalSeconds * 1_000;
        connection.Execute(
            """
            UPDATE oauth_device_code SET last_polled_at = @now, interval_s = @interval
             WHERE hash = @hash
            """,
            ("now", now),
            (
                "interval",
                Math.Min(
                    IntervalSecondsMax,
                    device.IntervalSeconds + (isTooSoon ? SlowDownSeconds : 0)
                )
            ),
            ("hash", hash)
        );
        return isTooSoon ? s_slowDown : s_pending;
    }

    private static Device? Find(DbConnection connection, string hash) =>
        connection.QueryOne(
            """
            SELECT app, state, interval_s, last_polled_at, expires_at, key, owner, project,
                   connection, scopes, auth_time
              FROM oauth_device_code WHERE hash = @hash
            """ + connection.ForUpdate(),
            row => new Device(
                new AppId(row.GetString(0)),
                row.GetString(1),
                row.GetInt64(2),
                row.LongOrNull(3),
                row.GetInt64(4),
                row.TextOrNull(5) is { } key ? new KeyId(key) : null,
                row.IsDBNull(8)
                    ? null
                    : new RedeemableGrant
                    {
                        App = new AppId(row.GetString(0)),
                        Owner = new UserId(row.GetString(6)),
                        Project = new ProjectId(row.GetString(7)),
                        Connection = new ConnectionId(row.GetString(8)),
                        Scopes = Scopes.Read(row.GetString(9)),
                        AuthenticatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(10)),
                    }
            ),
            ("hash", hash)
        );

    private static OAuthError Error(string error, string description) =>
        new(StatusCodes.Status400BadRequest, error, description);

    private sealed record Device(
        AppId App,
        string State,
        long IntervalSeconds,
        long? LastPolledAt,
        long ExpiresAt,
        KeyId? Key,
        RedeemableGrant? Grant
    );
}
