using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Begins reloads: for a balance that the ledger wrote down as fallen, one row. Two nodes may see
/// the same balance; the settings' row lock lets one decide after the other, and a unique index
/// keeps the second from having a row of its own.
/// </summary>
internal sealed class ReloadStarts(
    Database database,
    BalanceWatches watches,
    AutoReloads reloads,
    ReloadCaps caps,
    PaymentsOptions options,
    TimeProvider time
)
{
    public async Task RunAsync(CancellationToken ct)
    {
        await watches.LookAsync(ct);
        var fallen = await watches.FallenAsync(ct);
        if (fallen.Count == 0)
        {
            return;
        }

        foreach (var project in fallen.Intersect(await ReadyAsync(ct)))
        {
            await database.WriteAsync(connection => Begin(connection, project));
        }
    }

    // A look without locks, so that what rests or runs costs a read and no write.
    private async Task<List<ProjectId>> ReadyAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT a.project FROM auto_reload a
            WHERE a.enabled = 1 AND a.not_before <= @now AND NOT EXISTS (
                SELECT 1 FROM topup t WHERE t.project = a.project AND t.kind = 'auto' AND t.state
                    IN ('created', 'unknown', 'processing', 'retrying', 'needs_action'))
            """,
            row => new ProjectId(row.GetString(0)),
            ("now", time.Now())
        );
    }

    private bool Begin(DbConnection connection, ProjectId project)
    {
        if (
            AutoReloads.Lock(connection, project) is not { Enabled: true } settings
            || settings.NotBefore > time.Now()
            || HasOpen(connection, project)
        )
        {
            return false;
        }

        // Read again under the lock: the other node's reload may have raised it meanwhile.
        var wallet = WalletReading.Of(connection, project.Value);
        if (wallet is null || wallet.Balance >= NanoUsd.FromCents(settings.ThresholdCents))
        {
            return false;
        }

        if (wallet.Frozen)
        {
            AutoReloads.Rest(connection, project, time.In(options.ReloadInterval));
            return false;
        }

        if (Cards.Find(connection, project) is not { } card)
        {
            return reloads.TurnOff(connection, project, ReloadOffReasons.CardRemoved);
        }

        if (card.IsExpired(time.GetUtcNow()))
        {
            return reloads.TurnOff(connection, project, ReloadOffReasons.CardExpired);
        }

        return caps.Allows(connection, settings) && Insert(connection, settings, card);
    }

    private bool Insert(DbConnection connection, AutoReload settings, SavedCard card) =>
        new TopupRow
        {
            Id = Ids.Make("rld_"),
            Project = settings.Project,
            Kind = TopupRow.Auto,
            Cents = settings.AmountCents,
            Currency = options.Currency,
            Customer = card.Customer,
            Card = card.Id,
            State = TopupStates.Created,
            CreatedAt = time.Now(),
            NextAt = time.Now(),
        }.Insert(connection);

    private static bool HasOpen(DbConnection connection, ProjectId project) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM topup WHERE project = @project AND kind = 'auto'
                AND state IN ('created', 'unknown', 'processing', 'retrying', 'needs_action')
            """,
            row => row.GetInt64(0),
            ("project", project.Value)
        ) > 0;
}
