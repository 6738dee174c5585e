using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing.Portal;

/// <summary>The rows of portal sessions.</summary>
internal static class PortalRows
{
    private const string SelectSql = """
        SELECT id, project, owner, api_key, app, connection, purpose, return_url, app_state,
            suggested_topup_cents, suggested_auto_reload, status, created_at, link_expires_at,
            expires_at
        FROM portal_session
        """;

    public static void Insert(DbConnection connection, PortalContext session, SecretHash secret) =>
        connection.Execute(
            """
            INSERT INTO portal_session(id, hash, api_key, owner, project, app, connection, purpose,
                return_url, app_state, suggested_topup_cents, suggested_auto_reload, status,
                created_at, link_expires_at, expires_at)
            VALUES(@id, @hash, @key, @owner, @project, @app, @connection, @purpose, @return, @state,
                @topup, @reload, 'open', @created, @link, @expires)
            """,
            ("id", session.Id.Value),
            ("hash", secret.ToString()),
            ("key", session.Key.Value),
            ("owner", session.UserId.Value),
            ("project", session.Project.Value),
            ("app", session.App?.Value),
            ("connection", session.Connection?.Value),
            ("purpose", session.Purpose),
            ("return", session.ReturnUrl),
            ("state", session.State),
            ("topup", session.SuggestedTopupCents),
            ("reload", session.SuggestedAutoReloadEnabled),
            ("created", session.CreatedAt.ToUnixTimeMilliseconds()),
            ("link", session.LinkExpiresAt.ToUnixTimeMilliseconds()),
            ("expires", session.ExpiresAt.ToUnixTimeMilliseconds())
        );

    public static void DeleteOld(DbConnection connection, long now) =>
        connection.Execute("DELETE FROM portal_session WHERE expires_at <= @now", ("now", now));

    /// <summary>A link that can be followed, and the key that made it.</summary>
    public static (PortalSessionId Id, KeyId Key)? FindOpen(
        DbConnection connection,
        SecretHash secret,
        long now
    ) =>
        connection.QueryOne<(PortalSessionId, KeyId)?>(
            """
            SELECT id, api_key FROM portal_session
             WHERE hash = @hash AND opened_at IS NULL AND link_expires_at > @now
            """,
            row => (new PortalSessionId(row.GetString(0)), new KeyId(row.GetString(1))),
            ("hash", secret.ToString()),
            ("now", now)
        );

    /// <summary>One statement checks and takes, so that of two openings one wins.</summary>
    public static PortalSessionId? Open(DbConnection connection, SecretHash secret, long now) =>
        connection.QueryOne<PortalSessionId?>(
            """
            UPDATE portal_session SET status = 'opened', opened_at = @now
             WHERE hash = @hash AND opened_at IS NULL AND link_expires_at > @now
            RETURNING id
            """,
            row => new PortalSessionId(row.GetString(0)),
            ("hash", secret.ToString()),
            ("now", now)
        );

    public static PortalContext? Find(
        DbConnection connection,
        PortalSessionId id,
        long now,
        string suffix = ""
    ) =>
        connection.QueryOne(
            $"{SelectSql} WHERE id = @id AND expires_at > @now{suffix}",
            row => Read(row, now),
            ("id", id.Value),
            ("now", now)
        );

    public static void Finish(
        DbConnection connection,
        PortalSessionId id,
        PortalStatus status,
        long now
    ) =>
        connection.Execute(
            "UPDATE portal_session SET status = @status, finished_at = @now WHERE id = @id",
            ("status", PortalStatuses.Text(status)),
            ("now", now),
            ("id", id.Value)
        );

    private static PortalContext Read(DbDataReader row, long now)
    {
        var status = PortalStatuses.Read(row.GetString(11));
        var linkEnds = row.GetInt64(13);
        return new PortalContext
        {
            Id = new(row.GetString(0)),
            Project = new(row.GetString(1)),
            UserId = new(row.GetString(2)),
            Key = new(row.GetString(3)),
            App = row.TextOrNull(4) is { } app ? new(app) : null,
            Connection = row.TextOrNull(5) is { } connection ? new(connection) : null,
            Purpose = row.GetString(6),
            ReturnUrl = row.TextOrNull(7),
            State = row.TextOrNull(8),
            SuggestedTopupCents = row.LongOrNull(9),
            SuggestedAutoReloadEnabled = row.LongOrNull(10) is { } reload ? reload == 1 : null,
            Status = status == PortalStatus.Open && linkEnds <= now ? PortalStatus.Expired : status,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(12)),
            LinkExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(linkEnds),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(14)),
        };
    }
}
