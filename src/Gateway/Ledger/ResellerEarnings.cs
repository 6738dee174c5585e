using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>What a reseller has, in the parts that have a rule each.</summary>
/// <param name="Pending">Earned less than the hold period ago.</param>
/// <param name="Available">Can be paid out.</param>
/// <param name="Held">Waits for the operator, or for the end of a dispute.</param>
/// <param name="InPayout">On its way.</param>
/// <param name="Debt">Taken back after it was paid; the next earnings pay it.</param>
/// <param name="Paid">Paid so far, without what came back.</param>
public sealed record ResellerReading(
    NanoUsd Pending,
    NanoUsd Available,
    NanoUsd Held,
    NanoUsd InPayout,
    NanoUsd Debt,
    NanoUsd Paid
);

/// <summary>All that an app has earned, without what was taken back.</summary>
public sealed record AppEarning(AppId App, NanoUsd Earned);

/// <summary>A project whose earnings are set aside.</summary>
public sealed record HeldEarning(
    ResellerId Reseller,
    ProjectId Project,
    string Reason,
    string State,
    NanoUsd Amount,
    string? Note,
    DateTimeOffset At
);

/// <summary>
/// Resellers' side of the books: earnings mature, are paid out or held back. Whoever pays them out
/// does each act inside a transaction of its own, together with the row that caused it.
/// </summary>
internal sealed class ResellerEarnings(Database database, LedgerOptions options)
{
    /// <summary>Why earnings wait that go on by themselves when the project's disputes are
    /// over.</summary>
    public const string Disputed = EarningHolds.Disputed;

    public string Currency => options.Currency;

    /// <summary>Everybody who has ever earned something.</summary>
    public async Task<List<ResellerId>> ListAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var accounts = connection.Query(
            """
            SELECT id FROM acct WHERE id >= 'reseller_pending/' AND id < 'reseller_pending0'
            """,
            row => row.GetString(0)
        );
        return
        [
            .. accounts
                .Select(id => id.Split('/')[1])
                .Distinct(StringComparer.Ordinal)
                .Select(id => new ResellerId(id)),
        ];
    }

    /// <summary>Projects with earnings that would mature now.</summary>
    public async Task<List<ProjectId>> DueProjectsAsync(
        ResellerId reseller,
        TimeSpan holdPeriod,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenAsync(ct);
        var until = UntilDay(database.Now(connection), holdPeriod);
        return
        [
            .. EarningStore
                .DueProjects(connection, reseller.Value, until)
                .Select(id => new ProjectId(id)),
        ];
    }

    /// <summary>Earnings older than the hold period become available, whole days of them.</summary>
    public Task<bool> MatureAsync(ResellerId reseller, TimeSpan holdPeriod) =>
        database.WriteAsync(connection =>
        {
            var now = database.Now(connection);
            return EarningStore.Mature(
                connection,
                reseller.Value,
                UntilDay(now, holdPeriod),
                options.Currency,
                now
            );
        });

    public async Task<ResellerReading> ReadAsync(ResellerId reseller, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Read(connection, reseller);
    }

    public static ResellerReading Read(DbConnection connection, ResellerId reseller)
    {
        var row = Reseller.Find(connection, reseller.Value);
        var pending = connection.QueryOne(
            """
            SELECT CAST(COALESCE(SUM(credits - debits), 0) AS BIGINT) FROM acct
            WHERE id >= @from AND id < @to
            """,
            found => found.GetInt64(0),
            ("from", $"reseller_pending/{reseller.Value}/"),
            ("to", $"reseller_pending/{reseller.Value}0")
        );
        return new ResellerReading(
            new(pending),
            row?.Available ?? default,
            row?.Held ?? default,
            row?.InPayout ?? default,
            row?.Debt ?? default,
            PaidTo(connection, reseller)
        );
    }

    public async Task<List<AppEarning>> ListByAppAsync(ResellerId reseller, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT app, CAST(SUM(earned) AS BIGINT) FROM charge
            WHERE reseller = @reseller AND app IS NOT NULL GROUP BY app ORDER BY app
            """,
            row => new AppEarning(new(row.GetString(0)), new(row.GetInt64(1))),
            ("reseller", reseller.Value)
        );
    }

    /// <summary>What matured within that time, held back or not: a rolling reserve is a part of
    /// it.</summary>
    public static NanoUsd MaturedSince(DbConnection connection, ResellerId reseller, long since) =>
        new(
            connection.QueryOne(
                """
                SELECT CAST(COALESCE(SUM(CASE WHEN debit = @matured THEN amount ELSE -amount END), 0)
                    AS BIGINT)
                FROM transfer WHERE grp = @grp AND at >= @since
                """,
                row => row.GetInt64(0),
                ("matured", Store.Accounts.Matured(reseller.Value)),
                ("grp", "mature:" + reseller.Value),
                ("since", since)
            )
        );

    /// <summary>Inside a write of the caller's.</summary>
    public ResellerChange Change(DbConnection connection, ResellerId reseller) =>
        new(connection, reseller.Value, options.Currency, database.Now(connection));

    public async Task<List<HeldEarning>> ListHeldAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT reseller, project, reason, state, amount, note, at FROM earning_hold
            ORDER BY CASE WHEN state = 'held' THEN 0 ELSE 1 END, at DESC LIMIT 500
            """,
            row => new HeldEarning(
                new(row.GetString(0)),
                new(row.GetString(1)),
                row.GetString(2),
                row.GetString(3),
                new(row.GetInt64(4)),
                row.TextOrNull(5),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6))
            )
        );
    }

    /// <summary>All disputes of that project are over: what waited for them alone goes on.</summary>
    public void EndDisputeHolds(DbConnection connection, ProjectId project)
    {
        foreach (var reseller in EarningHolds.WaitingForDisputes(connection, project.Value))
        {
            Change(connection, new(reseller)).EndHold(project, isForfeit: false, note: null);
        }
    }

    /// <summary>Resellers that have earned something from that project.</summary>
    public static List<ResellerId> Of(DbConnection connection, ProjectId project) =>
        connection.Query(
            """
            SELECT DISTINCT reseller FROM charge
            WHERE project = @project AND reseller IS NOT NULL ORDER BY reseller
            """,
            row => new ResellerId(row.GetString(0)),
            ("project", project.Value)
        );

    private static long UntilDay(long now, TimeSpan holdPeriod) =>
        EarningStore.DayOf(now - (long)holdPeriod.TotalMilliseconds);

    private static NanoUsd PaidTo(DbConnection connection, ResellerId reseller) =>
        new(
            connection.QueryOne(
                """
                SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'payout_paid' THEN amount
                    ELSE -amount END), 0) AS BIGINT)
                FROM transfer
                WHERE project = @reseller AND kind IN ('payout_paid', 'payout_reversed')
                """,
                row => row.GetInt64(0),
                ("reseller", reseller.Value)
            )
        );
}

/// <summary>One reseller inside the caller's transaction.</summary>
internal sealed class ResellerChange(
    DbConnection connection,
    string reseller,
    string currency,
    long now
)
{
    /// <returns>False when less is available.</returns>
    public bool ReservePayout(string batch, long cents) =>
        PayoutStore.Reserve(connection, reseller, batch, NanoUsd.FromCents(cents), currency, now);

    /// <returns>False when it had ended before.</returns>
    public bool PayoutPaid(string batch, string transferId) =>
        PayoutStore.Paid(connection, reseller, batch, transferId, currency, now);

    /// <returns>False when it had ended before.</returns>
    public bool PayoutReturned(string batch) =>
        PayoutStore.Returned(connection, reseller, batch, currency, now);

    public bool PayoutReversed(string batch, string reversalId, long cents) =>
        PayoutStore.Reversed(
            connection,
            reseller,
            batch,
            reversalId,
            NanoUsd.FromCents(cents),
            currency,
            now
        );

    public void Lost(long cents) =>
        PayoutStore.Lost(connection, reseller, NanoUsd.FromCents(cents), currency, now);

    /// <returns>Whether that is news.</returns>
    public bool Hold(ProjectId project, string reason) =>
        EarningHolds.Open(connection, reseller, project.Value, reason, now);

    /// <returns>What was held; null when nothing is.</returns>
    public NanoUsd? EndHold(ProjectId project, bool isForfeit, string? note) =>
        EarningHolds.End(connection, reseller, project.Value, isForfeit, note, currency, now);
}
