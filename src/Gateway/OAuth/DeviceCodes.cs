using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>
/// The person's side of device codes (RFC 8628): a device shows a code, its person types it here,
/// signed in, so that guesses count against somebody. Unknown, expired, used and denied codes are
/// answered alike.
/// </summary>
public sealed class DeviceCodes
{
    public const int WrongPerAccountMax = 5;
    public const int WrongPerAddressMax = 10;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    private readonly Database _database;
    private readonly ChangeFeed _feed;
    private readonly Projects _projects;
    private readonly Grants _grants;
    private readonly ConsentMails _mails;

    internal DeviceCodes(
        Database database,
        ChangeFeed feed,
        Projects projects,
        Grants grants,
        ConsentMails mails
    ) => (_database, _feed, _projects, _grants, _mails) = (database, feed, projects, grants, mails);

    /// <summary>Who asks. Each wrong code counts against account and address, on all nodes
    /// together; when there were too many the answer is <see cref="Denial.RateLimited"/>.</summary>
    public Task<Outcome<DeviceLookup>> FindAsync(
        string userCode,
        Session session,
        string address,
        CancellationToken ct
    ) => _database.WriteAsync(connection => Find(connection, userCode, session, address));

    /// <summary>The form token must have been checked.</summary>
    public async Task<DeviceDecisionResult> DecideAsync(
        string userCode,
        Session session,
        string address,
        ConsentDecision decision,
        CancellationToken ct
    )
    {
        var isPayer =
            decision.Project is { } chosen
            && await _projects.FindAsync(chosen, ct) is { State: ProjectState.Active } project
            && project.Owner == session.Person.Id;
        if (decision.Allow && (!isPayer || decision.MonthlyLimit is { Value: < 0 }))
        {
            return DeviceDecisionResult.NoSuchProject;
        }

        var (result, seq, yes) = await _database.WriteAsync(connection =>
            Decide(connection, userCode, session, address, decision)
        );
        if (seq is { } change)
        {
            await _feed.SeenByAllAsync(change, ct);
        }

        if (yes is not null)
        {
            await _mails.ConnectedAsync(yes, isDevice: true, ct);
        }

        return result;
    }

    private Outcome<DeviceLookup> Find(
        DbConnection connection,
        string userCode,
        Session session,
        string address
    )
    {
        if (AreUp(connection, session, address))
        {
            return new Denial.RateLimited(s_window, WrongPerAccountMax);
        }

        if (Waiting(connection, userCode, session, address) is not { } device)
        {
            return new DeviceLookup(null);
        }

        connection.Execute(
            "UPDATE oauth_device_code SET markup_bps = @bps WHERE hash = @hash",
            ("bps", device.App.MarkupBps),
            ("hash", device.Hash)
        );
        var now = _database.Now(connection);
        var previous = Grants.Previous(connection, session.Person.Id, device.App.Id);
        return new DeviceLookup(
            new DeviceRequestView
            {
                UserCode = UserCodes.Shown(UserCodes.Normalized(userCode)!),
                Consent = ConsentViews.Of(device.App, device.Scopes, previous, redirectUri: null),
                RequesterAddress = device.Address,
                RequesterCountry = device.Country,
                Age = TimeSpan.FromMilliseconds(now - device.CreatedAt),
                Remaining = TimeSpan.FromMilliseconds(device.ExpiresAt - now),
            }
        );
    }

    private (DeviceDecisionResult Result, long? Seq, Connected? Yes) Decide(
        DbConnection connection,
        string userCode,
        Session session,
        string address,
        ConsentDecision decision
    )
    {
        if (AreUp(connection, session, address))
        {
            return (DeviceDecisionResult.TooMany, null, null);
        }

        if (Waiting(connection, userCode, session, address) is not { } device)
        {
            return (DeviceDecisionResult.NotValid, null, null);
        }

        if (!decision.Allow)
        {
            connection.Execute(
                "UPDATE oauth_device_code SET state = 'denied' WHERE hash = @hash",
                ("hash", device.Hash)
            );
            return (DeviceDecisionResult.Denied, null, null);
        }

        if (device.App.MarkupBps > device.ShownMarkupBps)
        {
            return (DeviceDecisionResult.AskAgain, null, null);
        }

        var yes = new Consented
        {
            App = device.App,
            Owner = session.Person.Id,
            Project = decision.Project!.Value,
            Asked = device.Scopes,
            Granted = ScopeTexts.Granted(device.Scopes, decision.Scopes),
            MarkupBps = device.App.MarkupBps,
            MonthlyLimit = decision.MonthlyLimit,
        };
        var grant = Grants.Of(connection, yes);
        connection.Execute(
            """
            UPDATE oauth_device_code
               SET state = 'approved', owner = @owner, project = @project,
                   connection = @connection, scopes = @scopes, auth_time = @auth
             WHERE hash = @hash
            """,
            ("owner", grant.Owner.Value),
            ("project", grant.Project.Value),
            ("connection", grant.Id.Value),
            ("scopes", Scopes.Text(yes.Granted)),
            ("auth", session.AuthenticatedAt.ToUnixTimeMilliseconds()),
            ("hash", device.Hash)
        );
        var seq = _grants.Agree(connection, grant);
        var connected = new Connected(device.App, grant, session.Person);
        return (DeviceDecisionResult.Allowed, seq, connected);
    }

    /// <summary>The request that waits under that code; otherwise the attempt is counted.</summary>
    private Device? Waiting(
        DbConnection connection,
        string userCode,
        Session session,
        string address
    )
    {
        var normalized = UserCodes.Normalized(userCode);
        // The same statement for what cannot be a code: it must not be faster.
        var device = connection
            .QueryOne(
                """
                SELECT hash, app, asked_scopes, requester_address, markup_bps, created_at, expires_at,
                       requester_country
                  FROM oauth_device_code
                 WHERE user_code_hash = @code AND state = 'pending' AND expires_at > @now
                """ + connection.ForUpdate(),
                row => new Device(
                    row.GetString(0),
                    row.GetString(1),
                    Scopes.Read(row.GetString(2)),
                    row.GetString(3),
                    (int)row.GetInt64(4),
                    row.GetInt64(5),
                    row.GetInt64(6),
                    row.TextOrNull(7)
                ),
                ("code", UserCodes.HashOf(normalized ?? "")),
                ("now", _database.Now(connection))
            )
            ?.With(connection);
        if (device is not null && AuthorizeJudge.IsAvailableTo(device.App, session.Person.Id))
        {
            return device;
        }

        var now = _database.Now(connection);
        foreach (var (bucket, max) in Buckets(session, address))
        {
            Attempts.Take(connection, bucket, max, s_window, now);
        }

        return null;
    }

    private bool AreUp(DbConnection connection, Session session, string address)
    {
        var now = _database.Now(connection);
        return Buckets(session, address)
            .Any(one => Attempts.AreUp(connection, one.Bucket, one.Max, s_window, now));
    }

    private static (string Bucket, int Max)[] Buckets(Session session, string address) =>
        [
            (
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"user-code:person:{session.Person.Id.Value}"
                ),
                WrongPerAccountMax
            ),
            ("user-code:address:" + address, WrongPerAddressMax),
        ];

    private sealed record Device(
        string Hash,
        string AppText,
        IReadOnlyList<string> Scopes,
        string Address,
        int ShownMarkupBps,
        long CreatedAt,
        long ExpiresAt,
        string? Country
    )
    {
        public App App { get; private init; } = null!;

        public Device? With(DbConnection connection) =>
            Apps.Find(connection, new AppId(AppText)) is { } app ? this with { App = app } : null;
    }
}

/// <summary>A lookup that was allowed; <see cref="Request"/> is null when the code is not valid.</summary>
public sealed record DeviceLookup(DeviceRequestView? Request);
