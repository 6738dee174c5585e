using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing.Portal;

/// <summary>
/// What became of a portal session, and the wait for it on any node. Money and cards are read from
/// where they are booked and not from the page, which may have been closed half-way.
/// </summary>
internal sealed class PortalProgress(Database database, PortalNews news)
{
    public async Task<PortalContext?> FindAsync(PortalSessionId id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var session = PortalRows.Find(connection, id, database.Now(connection));
        return session is null
            ? null
            : session with
            {
                Status = Arrived(connection, session) ?? session.Status,
            };
    }

    /// <summary>Inside the caller's write. Success stays; what is not success gives way to it.</summary>
    /// <returns>The session as it is then; null where it is over.</returns>
    public PortalContext? Finish(DbConnection connection, PortalSessionId id, PortalStatus status)
    {
        var now = database.Now(connection);
        if (PortalRows.Find(connection, id, now, connection.ForUpdate()) is not { } session)
        {
            return null;
        }

        var wanted = PortalStatuses.IsRetry(status)
            ? status
            : Arrived(connection, session) ?? status;
        if (PortalStatuses.IsRetry(session.Status) || session.Status == wanted)
        {
            return session;
        }

        PortalRows.Finish(connection, id, wanted, now);
        Record(connection, id);
        return session with { Status = wanted };
    }

    /// <summary>Last in a write: whoever waits hears of it, on every node.</summary>
    public void Record(DbConnection connection, PortalSessionId id) =>
        database.Record(connection, PortalNews.Kind, id.Value);

    /// <summary>For whoever waits: take its next news before each look. Dispose it afterwards.</summary>
    public PortalNews.Watch Watch(PortalContext session) => news.Of(session);

    // A purpose is served by what it asked for; money serves every one of them.
    private static PortalStatus? Arrived(DbConnection connection, PortalContext session) =>
        PortalStatuses.IsRetry(session.Status) ? null
        : PaymentArrivals.Money(connection, session.Project, session.CreatedAt)
            ? PortalStatus.Funded
        : session.Purpose == PortalPurposes.PaymentMethod
        && PaymentArrivals.Card(connection, session.Project, session.CreatedAt)
            ? PortalStatus.Saved
        : null;
}
