using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing.Portal;

/// <summary>
/// Links from an app into the billing portal. A link says why its person comes and where they go
/// back to; it signs nobody in, and opening it charges nothing. Apps wait on the session for what
/// became of the visit.
/// </summary>
internal sealed class PortalSessions(
    Database database,
    Apps apps,
    ApiKeys keys,
    EdgeOptions edge,
    PortalProgress progress
)
{
    /// <summary>The path that takes a link's secret as its last segment.</summary>
    public const string OpenPath = "/billing/open/";

    /// <summary>How long a link can be followed.</summary>
    public static readonly TimeSpan LinkLivesFor = TimeSpan.FromMinutes(15);

    /// <summary>How long what became of it can be asked.</summary>
    public static readonly TimeSpan LivesFor = TimeSpan.FromHours(24);

    // Far above what a person can follow; it bounds the rows that a broken loop can make.
    private const int PerWindowMax = 60;

    // Of one network. Nobody guesses 256 bits; it bounds what trying costs us.
    internal const int DeadLooksMax = 100;
    internal const int StateCharsMax = 500;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(15);

    /// <summary>The caller's scope must have been checked.</summary>
    public async Task<Outcome<PortalLink>> CreateAsync(
        Caller caller,
        PortalRequest request,
        CancellationToken ct
    )
    {
        if (request.ProjectId is { } named && named != caller.Project)
        {
            return new Denial.NotFound("project of this key with that id");
        }

        if ((Wrong(request) ?? await WrongReturnAsync(caller, request.ReturnUrl, ct)) is { } wrong)
        {
            return wrong;
        }

        var secret = Secrets.New(Secrets.PortalSession);
        var made = await database.WriteAsync(connection =>
        {
            var now = database.Now(connection);
            if (!Attempts.Take(connection, "portal:" + caller.Key, PerWindowMax, s_window, now))
            {
                return null;
            }

            PortalRows.DeleteOld(connection, now);
            var session = New(caller, request, DateTimeOffset.FromUnixTimeMilliseconds(now));
            PortalRows.Insert(connection, session, Secrets.HashOf(secret));
            return session;
        });
        return made is null
            ? new Denial.RateLimited(TimeSpan.FromSeconds(60), PerWindowMax)
            : new PortalLink(
                made.Id,
                new Uri(edge.PublicUrl + OpenPath + secret),
                made.LinkExpiresAt
            );
    }

    /// <summary>Whether the link can be followed. Programs look at links before people do, so that
    /// looking changes nothing; what is no link counts against the network that asks.</summary>
    public async Task<PortalLook> LookAsync(string secret, string network, CancellationToken ct)
    {
        await using (var connection = await database.OpenAsync(ct))
        {
            var now = database.Now(connection);
            if (Attempts.AreUp(connection, Bucket(network), DeadLooksMax, s_window, now))
            {
                return PortalLook.TooMany;
            }

            if (Openable(connection, secret, now) is not null)
            {
                return PortalLook.Alive;
            }
        }

        await database.WriteAsync(connection =>
            Attempts.Take(
                connection,
                Bucket(network),
                DeadLooksMax,
                s_window,
                database.Now(connection)
            )
        );
        return PortalLook.Dead;
    }

    /// <summary>The first one to follow the link; null ever after, for a link that is too old or
    /// none, and once the key that made it has ended.</summary>
    public async Task<PortalContext?> OpenAsync(string secret)
    {
        if (!Secrets.IsWellFormed(secret, Secrets.PortalSession))
        {
            return null;
        }

        return await database.WriteAsync(connection =>
        {
            var now = database.Now(connection);
            if (
                Openable(connection, secret, now) is null
                || PortalRows.Open(connection, Secrets.HashOf(secret), now) is not { } id
            )
            {
                return null;
            }

            var session = PortalRows.Find(connection, id, now);
            progress.Record(connection, id);
            return session;
        });
    }

    /// <summary>For the page: null where it is over, or belongs to somebody else.</summary>
    public async Task<PortalContext?> FindAsync(
        PortalSessionId id,
        UserId person,
        CancellationToken ct
    ) =>
        await progress.FindAsync(id, ct) is { } session && session.UserId == person
            ? session
            : null;

    /// <summary>For the app: null where it is over, or was made by somebody else's key.</summary>
    public async Task<PortalContext?> ReadAsync(
        PortalSessionId id,
        Caller caller,
        CancellationToken ct
    ) =>
        await progress.FindAsync(id, ct) is { } session
        && session.Project == caller.Project
        && session.Connection == caller.Connection
            ? session
            : null;

    /// <summary>
    /// Tell it as soon as it is known, even when the person stays on the page: their app waits for
    /// it. Success outlives whatever is told later, and takes the place of a failure or a
    /// cancellation.
    /// </summary>
    /// <returns>Where to return to, with the session and how it ended; null where the app named no
    /// address, or the session is over.</returns>
    public async Task<string?> FinishAsync(PortalSessionId id, PortalOutcome outcome)
    {
        var session = await database.WriteAsync(connection =>
            progress.Finish(connection, id, PortalStatuses.Of(outcome))
        );
        return session is null ? null : ReturnAddressOf(session);
    }

    /// <summary>The same address without ending anything: for the page's link back to the app.</summary>
    public static string? ReturnAddressOf(PortalContext session) =>
        session.ReturnUrl is { } url
            ? ReturnUrls.With(
                url,
                ("portal_session", session.Id.Value),
                ("outcome", PortalStatuses.Text(session.Status)),
                ("state", session.State)
            )
            : null;

    private PortalSessionId? Openable(DbConnection connection, string secret, long now) =>
        Secrets.IsWellFormed(secret, Secrets.PortalSession)
        && PortalRows.FindOpen(connection, Secrets.HashOf(secret), now) is { } found
        && keys.IsAlive(connection, found.Key)
            ? found.Id
            : null;

    private static string Bucket(string network) => "portal-look:net:" + network;

    private PortalContext New(Caller caller, PortalRequest request, DateTimeOffset now) =>
        new()
        {
            Id = PortalSessionId.New(),
            Project = caller.Project,
            UserId = caller.Owner,
            Key = caller.Key,
            App = caller.App,
            Connection = caller.Connection,
            Purpose = request.Purpose,
            ReturnUrl = request.ReturnUrl,
            State = request.State,
            SuggestedTopupCents = request.SuggestedTopupCents is { } wish
                ? TopupSuggestions.Covering(wish, edge.TopupAmountsCents)
                : null,
            SuggestedAutoReloadEnabled = request.SuggestedAutoReloadEnabled,
            Status = PortalStatus.Open,
            CreatedAt = now,
            LinkExpiresAt = now + LinkLivesFor,
            ExpiresAt = now + LivesFor,
        };

    private static Denial? Wrong(PortalRequest request) =>
        !PortalPurposes.All.Contains(request.Purpose, StringComparer.Ordinal)
            ? new Denial.InvalidRequest(
                $"'purpose' is one of {string.Join(", ", PortalPurposes.All)}.",
                "purpose"
            )
        : request.SuggestedTopupCents is <= 0
            ? new Denial.InvalidRequest(
                "'suggested_topup_cents' is a positive number of US cents.",
                "suggested_topup_cents"
            )
        : request.State is { Length: > StateCharsMax }
            ? new Denial.InvalidRequest($"'state' has up to {StateCharsMax} characters.", "state")
        : null;

    /// <summary>Why that is no address of the caller's app; null when it is one, or none.</summary>
    public async Task<Denial?> WrongReturnAsync(Caller caller, string? url, CancellationToken ct)
    {
        if (url is null)
        {
            return null;
        }

        var app = caller.App is { } id ? await apps.FindAsync(id, ct) : null;
        return app is null ? ReturnUrls.NoApp : ReturnUrls.Refuse(url, app);
    }
}
