using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>
/// The register of apps. What an app may do hangs on the operator's review; what its developer
/// changes after that waits for review again, unless it only takes something away. Each act
/// completes when every node goes by it.
/// </summary>
public sealed class Apps(
    Database database,
    ChangeFeed feed,
    Connections connections,
    DevelopersOptions options
)
{
    private const int PerOwnerMax = 100;
    private const int ListedMax = 500;
    private const int IdCharsMax = 64;

    public async Task<App?> FindAsync(AppId id, CancellationToken ct)
    {
        // What cannot be an id is not asked for: a zero byte would be an error of the store.
        if (
            id.Value.Length > IdCharsMax
            || id.Value.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')
        )
        {
            return null;
        }

        await using var connection = await database.OpenAsync(ct);
        return AppRows.Find(connection, id);
    }

    /// <summary>Inside a write of another room.</summary>
    public static App? Find(DbConnection connection, AppId id) => AppRows.Find(connection, id);

    /// <summary>Nobody new may connect what this person offers; null opens it again. Inside a write
    /// of another room, together with its cause.</summary>
    public static void CloseAll(DbConnection connection, UserId owner, string? because) =>
        AppRows.CloseAll(connection, owner, because);

    /// <summary>A developer's apps, the newest first.</summary>
    public async Task<IReadOnlyList<App>> ListAsync(UserId owner, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return AppRows.OfOwner(connection, owner);
    }

    /// <summary>What waits for the operator: apps in that state, the oldest first.</summary>
    public async Task<IReadOnlyList<App>> ListAsync(AppState state, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return AppRows.InState(connection, state, ListedMax);
    }

    /// <summary>Approved apps whose developers want something changed.</summary>
    public async Task<IReadOnlyList<App>> ListProposalsAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return AppRows.WithProposals(connection, ListedMax);
    }

    public async Task<Outcome<App>> RegisterAsync(NewApp wish, CancellationToken ct)
    {
        var blank = Blank(wish);
        var app = AppRules.With(blank, wish.About);
        if (AppRules.Wrong(app, options.RequireReverseDomainSchemes) is { } wrong)
        {
            return wrong;
        }

        var (made, seq) = await database.WriteAsync<(App?, long)>(connection =>
        {
            connection.LockNamed("apps-of:" + app.Owner.Value, shared: false);
            if (AppRows.OfOwner(connection, app.Owner).Count >= PerOwnerMax)
            {
                return (null, 0);
            }

            var at = DateTimeOffset.FromUnixTimeMilliseconds(database.Now(connection));
            return Save(connection, app with { CreatedAt = at });
        });
        if (made is null)
        {
            return new Denial.InvalidRequest($"One developer has up to {PerOwnerMax} apps.");
        }

        await feed.SeenByAllAsync(seq, ct);
        return made;
    }

    /// <summary>An app of the gateway itself, which is approved without a review and may have its
    /// name. Made where it is not there yet; the operator's later word on it stays.</summary>
    internal async Task<App> KeepOwnAsync(App app, CancellationToken ct)
    {
        var (kept, seq) = await database.WriteAsync<(App, long?)>(connection =>
        {
            connection.LockNamed("apps-of:" + app.Owner.Value, shared: false);
            if (AppRows.Find(connection, app.Id) is { } known)
            {
                return (known, null);
            }

            var at = DateTimeOffset.FromUnixTimeMilliseconds(database.Now(connection));
            return Save(connection, app with { State = AppState.Approved, CreatedAt = at });
        });
        if (seq is { } change)
        {
            await feed.SeenByAllAsync(change, ct);
        }

        return kept;
    }

    /// <summary>Denied as not found when the app is somebody else's.</summary>
    public async Task<Outcome<App>> PatchAsync(
        AppId id,
        UserId owner,
        AppChanges changes,
        CancellationToken ct
    )
    {
        var (denial, app, seq) = await database.WriteAsync(connection =>
            Patch(connection, id, owner, changes)
        );
        if (denial is not null)
        {
            return denial;
        }

        await feed.SeenByAllAsync(seq, ct);
        return app!;
    }

    /// <summary>The operator's word. Approving takes up what the developer proposed.</summary>
    public async Task<Outcome<App>> ReviewAsync(
        AppId id,
        ReviewDecision decision,
        string reviewer,
        CancellationToken ct
    )
    {
        var (app, seq) = await database.WriteAsync(connection =>
            Review(connection, id, decision, reviewer)
        );
        if (app is null)
        {
            return s_notFound;
        }

        await feed.SeenByAllAsync(seq, ct);
        return app;
    }

    private static readonly Denial s_notFound = new Denial.NotFound("app of yours with that id");

    private (Denial? Denial, App? App, long Seq) Patch(
        DbConnection connection,
        AppId id,
        UserId owner,
        AppChanges changes
    )
    {
        if (
            AppRows.Find(connection, id, connection.ForUpdate()) is not { } app
            || app.Owner != owner
        )
        {
            return (s_notFound, null, 0);
        }

        var wished = AppRules.With(
            app.Proposed is { } before ? AppRules.With(app, before) : app,
            changes
        );
        if (AppRules.Wrong(wished, options.RequireReverseDomainSchemes) is { } wrong)
        {
            return (wrong, null, 0);
        }

        var (saved, seq) = Save(connection, AsReviewed(app, wished, changes));
        return (null, saved, seq);
    }

    // Until the first approval nothing is public yet, so a change is simply made; a rejected app
    // thereby asks for review again.
    private static App AsReviewed(App app, App wished, AppChanges changes)
    {
        if (app.State is AppState.Pending or AppState.Rejected)
        {
            return wished with { State = AppState.Pending, Proposed = null };
        }

        var atOnce = AppRules.With(app, changes);
        var next = AppRules.OnlyTakesAway(app, atOnce) ? atOnce : app;
        return next with { Proposed = AppRules.Difference(next, wished) };
    }

    private (App? App, long Seq) Review(
        DbConnection connection,
        AppId id,
        ReviewDecision decision,
        string reviewer
    )
    {
        if (AppRows.Find(connection, id, connection.ForUpdate()) is not { } app)
        {
            return (null, 0);
        }

        var reviewed = app with
        {
            State = decision.State,
            ReviewNote = decision.Note,
            VerifiedDomain = decision.VerifiedDomain switch
            {
                null => app.VerifiedDomain,
                "" => null,
                var domain => domain.ToLowerInvariant(),
            },
        };
        if (decision.State == AppState.Approved && app.Proposed is { } proposed)
        {
            reviewed = AppRules.With(reviewed, proposed) with { Proposed = null };
        }

        connection.Execute(
            """
            INSERT INTO app_review(id, app, reviewer, from_state, to_state, note, at)
            VALUES(@id, @app, @reviewer, @from, @to, @note, @now)
            """,
            ("id", Ids.Make("rev_")),
            ("app", app.Id.Value),
            ("reviewer", reviewer),
            ("from", App.Wire(app.State)),
            ("to", App.Wire(reviewed.State)),
            ("note", decision.Note),
            ("now", database.Now(connection))
        );
        return Save(connection, reviewed);
    }

    // Recording the change comes last in a write.
    private (App App, long Seq) Save(DbConnection connection, App app)
    {
        AppRows.Save(connection, app);
        var standing = app.State switch
        {
            AppState.Approved => AppStanding.Approved,
            AppState.Pending => AppStanding.Pending,
            _ => AppStanding.Suspended,
        };
        return (app, connections.Stand(connection, app.Id, standing, app.MarkupBps, app.Reseller));
    }

    private static App Blank(NewApp wish) =>
        new()
        {
            Id = AppId.New(),
            Owner = wish.Owner,
            Name = "",
            Kind = wish.Kind,
            IsConfidential = wish.IsConfidential ?? wish.Kind == AppKind.Web,
            RedirectUris = [],
            WebOrigins = [],
            DefaultScopes = AppRules.FirstDefaultScopes,
            AllowedScopes = Scopes.All,
            DeviceCodes = wish.Kind == AppKind.Device,
            MarkupBps = 0,
            State = AppState.Pending,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
}
