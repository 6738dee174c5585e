using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Developers;

/// <summary>
/// Which web origins may read answers. Asked on every request of a browser, so it is answered from
/// memory; any change of an app makes the next question read anew, and a node that no longer hears
/// of changes reads each time.
/// </summary>
public sealed class WebOrigins
{
    private static readonly Snapshot s_none = new(-1, []);

    private readonly Database _database;
    private readonly ChangeFeed _feed;
    private volatile Snapshot? _known;
    private long _changes;

    /// <summary>Make it before the feed starts: it listens from then on.</summary>
    public WebOrigins(Database database, ChangeFeed feed)
    {
        (_database, _feed) = (database, feed);
        feed.Subscribe(change =>
        {
            if (change.Kind is KeyChanges.App or KeyChanges.AppSuspended or Change.Everything)
            {
                Interlocked.Increment(ref _changes);
            }
        });
    }

    /// <summary>Of that app, or of any where no app is known (ruling 14).</summary>
    public async ValueTask<bool> IsApprovedAsync(string origin, AppId? app)
    {
        // Opaque origins and nonsense cost nothing.
        if (WebOriginRules.Broken(origin) is not null)
        {
            return false;
        }

        var known = await CurrentAsync();
        return known.Origins.Any(one =>
            (app is null || one.App == app) && WebOriginRules.Matches(one.Origin, origin)
        );
    }

    private async ValueTask<Snapshot> CurrentAsync()
    {
        var asOf = Interlocked.Read(ref _changes);
        if (_known is { } known && known.AsOf == asOf && _feed.IsFresh)
        {
            return known;
        }

        try
        {
            return _known = await ReadAsync(asOf);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or DbException)
        {
            // The answer itself is probably an error too; nobody reads it who was not approved.
            return s_none;
        }
    }

    private async Task<Snapshot> ReadAsync(long asOf)
    {
        await using var connection = await _database.OpenAsync(CancellationToken.None);
        var rows = connection.Query(
            """
            SELECT id, web_origins FROM app
             WHERE state = 'approved' AND web_origins <> ''
            """,
            row => (App: new AppId(row.GetString(0)), Origins: row.GetString(1))
        );
        return new Snapshot(
            asOf,
            [.. rows.SelectMany(row => row.Origins.Split('\n').Select(one => (one, row.App)))]
        );
    }

    private sealed record Snapshot(long AsOf, IReadOnlyList<(string Origin, AppId App)> Origins);
}
