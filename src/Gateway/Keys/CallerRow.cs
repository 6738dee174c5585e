using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Keys;

/// <summary>One key as the store knows it, with its connection and its app: what a
/// <see cref="Caller"/> is made from.</summary>
internal sealed record CallerRow
{
    public required Caller Caller { get; init; }

    /// <summary>Why the key is no longer good at all.</summary>
    public Denial? Ended { get; init; }

    public long? ExpiresAtMs { get; init; }

    /// <summary>Days since 1970; the day it was made until it is used.</summary>
    public required int LastUsedDay { get; init; }

    public static CallerRow? Find(DbConnection connection, SecretHash hash, KeyOptions options) =>
        connection.QueryOne(
            """
            SELECT k.id, k.owner, k.project, k.app, k.connection, k.scopes,
                   k.monthly_limit_nano_usd, k.requests_per_minute, k.expires_at, k.revoked_at,
                   k.last_used_day, k.created_at,
                   c.state, c.scopes, c.markup_bps, c.monthly_limit_nano_usd,
                   a.state, a.markup_bps, a.reseller
              FROM api_key k
              LEFT JOIN connection c ON c.id = k.connection
              LEFT JOIN app_standing a ON a.app = k.app
             WHERE k.hash = @hash
            """,
            row => Read(row, options),
            ("hash", hash.ToString())
        );

    private static CallerRow Read(DbDataReader row, KeyOptions options)
    {
        var grant = row.TextOrNull(4) is { } id ? Grant.Read(row, id) : null;
        var createdDay = (int)(row.GetInt64(11) / DayMs);
        return new CallerRow
        {
            Ended = row.IsDBNull(9) && grant?.State != "revoked" ? null : new Denial.KeyRevoked(),
            ExpiresAtMs = row.LongOrNull(8),
            LastUsedDay = Math.Max(createdDay, (int)(row.LongOrNull(10) ?? 0)),
            Caller = new Caller
            {
                Key = new KeyId(row.GetString(0)),
                Owner = new UserId(row.GetString(1)),
                Project = new ProjectId(row.GetString(2)),
                App = grant?.App,
                Connection = grant?.Id,
                Reseller = grant?.Reseller,
                ResellerMarkupBps = grant?.MarkupBps ?? 0,
                Scopes = ScopesOf(row.GetString(5), grant),
                MonthlyLimit = row.LongOrNull(6) is { } limit ? new NanoUsd(limit) : null,
                ConnectionMonthlyLimit = grant?.MonthlyLimit,
                RequestsPerMinute = (int)(row.LongOrNull(7) ?? options.RequestsPerMinute),
                SpendingDenied = grant?.SpendingDenied,
            },
        };
    }

    internal const long DayMs = 86_400_000;

    // A user may take scopes from a connection; none of its keys keeps more.
    private static string[] ScopesOf(string ofKey, Grant? grant)
    {
        var scopes = Scopes.Read(ofKey);
        return grant is null ? scopes : [.. scopes.Intersect(grant.Scopes)];
    }

    /// <summary>What the user granted to an app.</summary>
    private sealed record Grant
    {
        public required ConnectionId Id { get; init; }

        public required AppId App { get; init; }

        public required string State { get; init; }

        public required string[] Scopes { get; init; }

        public required int MarkupBps { get; init; }

        public NanoUsd? MonthlyLimit { get; init; }

        public ResellerId? Reseller { get; init; }

        public Denial? SpendingDenied { get; init; }

        public static Grant Read(DbDataReader row, string id)
        {
            // Without its rows a grant is none: what is not known to be allowed is refused.
            var state = row.TextOrNull(12) ?? "revoked";
            var agreedBps = (int)(row.LongOrNull(14) ?? 0);
            var appState = row.TextOrNull(16) ?? "suspended";
            var appBps = (int)(row.LongOrNull(17) ?? 0);
            return new Grant
            {
                Id = new ConnectionId(id),
                App = new AppId(row.GetString(3)),
                State = state,
                Scopes = Keys.Scopes.Read(row.TextOrNull(13) ?? ""),
                MarkupBps = Math.Min(agreedBps, appBps),
                MonthlyLimit = row.LongOrNull(15) is { } limit ? new NanoUsd(limit) : null,
                Reseller = row.TextOrNull(18) is { } reseller ? new ResellerId(reseller) : null,
                SpendingDenied =
                    appState == "suspended" ? new Denial.AppSuspended()
                    : state == "paused" ? new Denial.ConnectionPaused()
                    : appBps > agreedBps ? new Denial.ConsentRequired()
                    : null,
            };
        }
    }
}
