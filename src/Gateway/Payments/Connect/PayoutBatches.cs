using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// Makes one batch for each reseller and period: looks at where the earnings came from, lets them
/// mature, and sets aside what can be paid. What is below the minimum, or owed, stays for the next.
/// </summary>
internal sealed class PayoutBatches(
    Database database,
    ResellerEarnings earnings,
    OwnAccounts ownAccounts,
    Findings findings,
    PaymentsOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan s_every = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken ct)
    {
        if (!await IsDueAsync(ct))
        {
            return;
        }

        await EndDisputeHoldsAsync();
        foreach (var reseller in await earnings.ListAsync(ct))
        {
            // Before they mature, so that nothing doubtful is ever available.
            await ownAccounts.MarkAsync(reseller, ct);
            await earnings.MatureAsync(reseller, options.Payouts.HoldPeriod);
        }

        if (await PayableAsync(ct) is { Count: > 0 } payable && await BooksBalanceAsync(ct))
        {
            foreach (var payee in payable)
            {
                await database.WriteAsync(connection => Make(connection, payee));
            }
        }
    }

    private async Task<List<UserId>> PayableAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection
            .Query(
                """
                SELECT p.owner FROM payee p
                WHERE p.is_complete = 1 AND p.stopped_because IS NULL AND NOT EXISTS (
                    SELECT 1 FROM payout o
                    WHERE o.reseller = p.owner AND o.state IN ('queued', 'unknown', 'held')
                )
                ORDER BY p.owner
                """,
                row => new UserId(row.GetString(0))
            )
            .FindAll(owner => PayableCents(connection, new ResellerId(owner.Value)) > 0);
    }

    private bool Make(DbConnection connection, UserId owner)
    {
        connection.LockNamed("payouts-of:" + owner.Value, shared: false);
        var reseller = new ResellerId(owner.Value);
        var period = PeriodOf(time.GetUtcNow(), options.Payouts.Every);
        var cents = PayableCents(connection, reseller);
        if (
            cents == 0
            || HasOne(connection, reseller, period)
            || Payee.Lock(connection, owner)
                is not { Account: { } account, IsComplete: true, StoppedBecause: null }
        )
        {
            return false;
        }

        var id = Ids.Make("pyt_");
        connection.Execute(
            """
            INSERT INTO payout(id, reseller, account, period, cents, currency, state, attempt,
                created_at, next_at)
            VALUES(@id, @reseller, @account, @period, @cents, @currency, 'queued', 1, @now, @now)
            """,
            ("id", id),
            ("reseller", reseller.Value),
            ("account", account),
            ("period", period),
            ("cents", cents),
            ("currency", options.Currency),
            ("now", time.Now())
        );
        var isSetAside = earnings.Change(connection, reseller).ReservePayout(id, cents);
        Invariant.Holds(isSetAside, "what was just read as available is available");
        return true;
    }

    /// <summary>Whole cents that can be paid now; 0 below the minimum.</summary>
    private long PayableCents(DbConnection connection, ResellerId reseller)
    {
        var reading = ResellerEarnings.Read(connection, reseller);
        var since = database.Now(connection) - (long)options.Payouts.ReserveFor.TotalMilliseconds;
        var reserve = ResellerEarnings
            .MaturedSince(connection, reseller, since)
            .MarkupFloor(options.Payouts.ReserveBps);
        var cents = (reading.Available - NanoUsd.Max(reserve, NanoUsd.Zero)).CentsFloor;
        return cents >= options.Payouts.MinimumCents ? cents : 0;
    }

    // Money does not leave while it does not add up; requests go on.
    private async Task<bool> BooksBalanceAsync(CancellationToken ct)
    {
        if (await LedgerVerification.RunAsync(database, ct) is not [var first, ..])
        {
            return true;
        }

        await findings.WriteAsync(
            Findings.BooksBroken,
            time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            $"no payouts are made: {first.Promise} {first.Subject}: {first.Detail}"
        );
        return false;
    }

    private async Task<bool> IsDueAsync(CancellationToken ct)
    {
        await using (var reader = await database.OpenAsync(ct))
        {
            var waits = reader.QueryOne(
                "SELECT COUNT(*) FROM payout_round WHERE next_at > @now",
                row => row.GetInt64(0),
                ("now", time.Now())
            );
            if (waits > 0)
            {
                return false;
            }
        }

        return await database.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT INTO payout_round(id, next_at) VALUES(1, 0) ON CONFLICT(id) DO NOTHING"
            );
            return connection.Execute(
                    "UPDATE payout_round SET next_at = @next WHERE next_at <= @now",
                    ("next", time.In(s_every)),
                    ("now", time.Now())
                ) == 1;
        });
    }

    // A process may have ended between the end of a dispute and this.
    private Task<int> EndDisputeHoldsAsync() =>
        database.WriteAsync(connection =>
        {
            var over = connection.Query(
                """
                SELECT DISTINCT h.project FROM earning_hold h
                WHERE h.state = 'held' AND h.reason = 'disputed' AND NOT EXISTS (
                    SELECT 1 FROM dispute d WHERE d.project = h.project AND d.is_open = 1
                )
                ORDER BY h.project
                """,
                row => new ProjectId(row.GetString(0))
            );
            over.ForEach(project => earnings.EndDisputeHolds(connection, project));
            return over.Count;
        });

    private static bool HasOne(DbConnection connection, ResellerId reseller, string period) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM payout WHERE reseller = @reseller AND (
                (period = @period AND state <> 'returned')
                OR state IN ('queued', 'unknown', 'held')
            )
            """,
            row => row.GetInt64(0),
            ("reseller", reseller.Value),
            ("period", period)
        ) > 0;

    private static string PeriodOf(DateTimeOffset now, PayoutPeriod every) =>
        every switch
        {
            PayoutPeriod.Day => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            PayoutPeriod.Week => string.Create(
                CultureInfo.InvariantCulture,
                $"{ISOWeek.GetYear(now.UtcDateTime)}-W{ISOWeek.GetWeekOfYear(now.UtcDateTime):00}"
            ),
            _ => now.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        };
}
