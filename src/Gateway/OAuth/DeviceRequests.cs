using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>What a device gets to show and to poll with.</summary>
internal sealed record StartedDevice(string DeviceCode, string UserCode);

/// <summary><c>POST /oauth/device/code</c>: opens a request. How many wait is bounded for each app
/// and address, because the odds of a guessed code grow with them.</summary>
internal sealed class DeviceRequests(Database database, UserCodes userCodes)
{
    public const int IntervalSeconds = 5;
    public const int PerAddressMax = 60;
    public const int WaitingPerAppMax = 10_000;

    public static readonly TimeSpan LivesFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(1);

    private static readonly OAuthError s_tooMany = OAuthError.Busy(
        TimeSpan.FromMinutes(1),
        "Too many device codes were started; use the one that is shown, or wait."
    );

    private static readonly OAuthError s_noCode = new(
        StatusCodes.Status500InternalServerError,
        "server_error",
        "No free code was found; try again."
    );

    public Task<(StartedDevice? Started, OAuthError? Error)> StartAsync(
        App app,
        IReadOnlyList<string> scopes,
        string address,
        string? country
    ) => database.WriteAsync(connection => Start(connection, app, scopes, address, country));

    private (StartedDevice?, OAuthError?) Start(
        DbConnection connection,
        App app,
        IReadOnlyList<string> scopes,
        string address,
        string? country
    )
    {
        var now = database.Now(connection);
        if (
            !Attempts.Take(
                connection,
                "device-code:address:" + address,
                PerAddressMax,
                s_window,
                now
            )
        )
        {
            return (null, s_tooMany);
        }

        connection.Execute(
            "DELETE FROM oauth_device_code WHERE expires_at < @before",
            ("before", now - (long)s_keptFor.TotalMilliseconds)
        );
        if (Waiting(connection, app.Id, now) >= WaitingPerAppMax)
        {
            return (null, s_tooMany);
        }

        var code = Secrets.New(Secrets.DeviceCode);
        var userCode = userCodes.NewFree(one =>
            Insert(connection, one, code, app, scopes, (address, country), now)
        );
        return userCode is null
            ? (null, s_noCode)
            : (new StartedDevice(code, UserCodes.Shown(userCode)), null);
    }

    private static long Waiting(DbConnection connection, AppId app, long now) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM oauth_device_code
             WHERE app = @app AND expires_at > @now AND state = 'pending'
            """,
            row => row.GetInt64(0),
            ("app", app.Value),
            ("now", now)
        );

    private static bool Insert(
        DbConnection connection,
        string userCode,
        string code,
        App app,
        IReadOnlyList<string> scopes,
        (string Address, string? Country) from,
        long now
    ) =>
        connection.Execute(
            """
            INSERT INTO oauth_device_code(hash, user_code_hash, app, asked_scopes,
                   requester_address, requester_country, interval_s, state, markup_bps, created_at, expires_at)
            VALUES(@hash, @user, @app, @scopes, @address, @country, @interval, 'pending', @markup,
                   @now, @expires)
            ON CONFLICT(user_code_hash) DO NOTHING
            """,
            ("hash", Secrets.HashOf(code).ToString()),
            ("user", UserCodes.HashOf(userCode)),
            ("app", app.Id.Value),
            ("scopes", Scopes.Text(scopes)),
            ("address", from.Address),
            ("country", from.Country),
            ("interval", IntervalSeconds),
            ("markup", app.MarkupBps),
            ("now", now),
            ("expires", now + (long)LivesFor.TotalMilliseconds)
        ) == 1;
}
