using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// What was taken back from a reseller after it was paid out. Once, the provider is asked to fetch
/// it from the reseller's account, which it does only as far as there is something; what it does not
/// fetch is owed, a loss of the operator until the next earnings pay it.
/// </summary>
internal sealed class PayoutReversals(
    Database database,
    ResellerEarnings earnings,
    StripeClient client,
    Findings findings,
    TimeProvider time
)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_keyLife = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(2);

    private sealed record Row(
        string Id,
        string Payout,
        ResellerId Reseller,
        string Transfer,
        long Cents,
        string State,
        long? SentAt
    );

    private sealed record PaidOut(string Id, string Transfer, long LeftCents);

    /// <summary>In the transaction of what took it back, so that neither is there without the
    /// other.</summary>
    public void Plan(DbConnection connection, IEnumerable<TakenBack> taken)
    {
        foreach (var one in taken)
        {
            var left = one.Owed.CentsFloor;
            var reseller = new ResellerId(one.Reseller);
            foreach (var payout in left > 0 ? WithRest(connection, reseller) : [])
            {
                var cents = Math.Min(left, payout.LeftCents);
                Insert(connection, $"{one.Id}:{payout.Id}", reseller, payout, cents);
                left -= cents;
                if (left == 0)
                {
                    break;
                }
            }
        }
    }

    public async Task RunDueAsync(CancellationToken ct)
    {
        if (!await DueRows.AnyAsync(database, "payout_reversal", time.Now(), ct))
        {
            return;
        }

        foreach (var row in await database.WriteAsync(TakeDue))
        {
            var isOld = row.SentAt + (long)s_keyLife.TotalMilliseconds <= time.Now();
            await (isOld ? SearchAsync(row, ct) : SendAsync(row, ct));
        }
    }

    /// <summary>The provider has it: whoever notices first books it.</summary>
    public bool Done(DbConnection connection, string id, string reversal)
    {
        if (Lock(connection, id) is not { State: not ("done" or "refused") } row)
        {
            return false;
        }

        var payout = Payout.Lock(connection, row.Payout);
        var reseller = earnings.Change(connection, row.Reseller);
        reseller.PayoutReversed(payout.Id, reversal, row.Cents);
        (payout with { ReversedCents = payout.ReversedCents + row.Cents }).Save(connection);
        return End(connection, id, "done", reversal, why: null);
    }

    private async Task SendAsync(Row row, CancellationToken ct)
    {
        await database.WriteAsync(connection => Sent(connection, row.Id));
        switch (await client.ReverseTransferAsync(row.Id, row.Transfer, row.Cents, ct))
        {
            case StripeAnswer<string>.Done(var reversal):
                await database.WriteAsync(c => Done(c, row.Id, reversal));
                break;
            case StripeAnswer<string>.Refused(var error):
                await database.WriteAsync(c => Refused(c, row, error.Code ?? error.Type));
                break;
        }
    }

    // Its key may be forgotten; the transfer tells what came back of it.
    private async Task SearchAsync(Row row, CancellationToken ct)
    {
        var answer = await client.GetTransferAsync(row.Transfer, ct);
        if (answer.ValueOrNull is not { } transfer)
        {
            return;
        }

        var reversal = transfer.OurReversals.FirstOrDefault(one => one.Ours == row.Id).Theirs;
        if (reversal is not null)
        {
            await database.WriteAsync(connection => Done(connection, row.Id, reversal));
        }
        else
        {
            await SendAsync(row, ct);
        }
    }

    private bool Refused(DbConnection connection, Row row, string why)
    {
        if (!End(connection, row.Id, "refused", reversal: null, why))
        {
            return false;
        }

        earnings.Change(connection, row.Reseller).Lost(row.Cents);
        findings.Write(
            connection,
            Findings.TakeBackNotCovered,
            row.Id,
            $"{row.Cents} cents of {row.Transfer}: {why}; the next earnings pay it"
        );
        return true;
    }

    // When it was sent first: the life of its key begins there, however often it is sent again.
    private bool Sent(DbConnection connection, string id) =>
        connection.Execute(
            """
            UPDATE payout_reversal
            SET state = 'unknown', sent_at = COALESCE(sent_at, @now), next_at = @next
            WHERE id = @id AND state IN ('created', 'unknown')
            """,
            ("now", time.Now()),
            ("next", time.In(s_again)),
            ("id", id)
        ) == 1;

    private static bool End(
        DbConnection connection,
        string id,
        string state,
        string? reversal,
        string? why
    ) =>
        connection.Execute(
            """
            UPDATE payout_reversal SET state = @state, reversal = @reversal, why = @why,
                next_at = NULL, leased_until = 0
            WHERE id = @id AND state IN ('created', 'unknown')
            """,
            ("state", state),
            ("reversal", reversal),
            ("why", why),
            ("id", id)
        ) == 1;

    private void Insert(
        DbConnection connection,
        string id,
        ResellerId reseller,
        PaidOut payout,
        long cents
    ) =>
        connection.Execute(
            """
            INSERT INTO payout_reversal(id, payout, reseller, transfer, cents, state, created_at,
                next_at)
            VALUES(@id, @payout, @reseller, @transfer, @cents, 'created', @now, @now)
            ON CONFLICT(id) DO NOTHING
            """,
            ("id", id),
            ("payout", payout.Id),
            ("reseller", reseller.Value),
            ("transfer", payout.Transfer),
            ("cents", cents),
            ("now", time.Now())
        );

    // The newest first: it is the likeliest to be there still.
    private static List<PaidOut> WithRest(DbConnection connection, ResellerId reseller) =>
        connection
            .Query(
                """
                SELECT p.id, p.transfer, p.cents - p.reversed_cents - COALESCE((
                    SELECT CAST(SUM(r.cents) AS BIGINT) FROM payout_reversal r
                    WHERE r.payout = p.id AND r.state IN ('created', 'unknown')), 0)
                FROM payout p WHERE p.reseller = @reseller AND p.state = 'paid'
                ORDER BY p.paid_at DESC, p.id DESC LIMIT 24
                """,
                row => new PaidOut(row.GetString(0), row.GetString(1), row.GetInt64(2)),
                ("reseller", reseller.Value)
            )
            .FindAll(found => found.LeftCents > 0);

    private List<Row> TakeDue(DbConnection connection)
    {
        var storeNow = database.Now(connection);
        var due = connection.Query(
            $"""
            {SelectSql} WHERE next_at <= @now AND leased_until < @store_now
            ORDER BY next_at LIMIT 20{connection.ForUpdate()}
            """,
            Read,
            ("now", time.Now()),
            ("store_now", storeNow)
        );
        foreach (var row in due)
        {
            connection.Execute(
                "UPDATE payout_reversal SET leased_until = @until, next_at = @next WHERE id = @id",
                ("until", storeNow + (long)s_lease.TotalMilliseconds),
                ("next", time.In(s_again)),
                ("id", row.Id)
            );
        }

        return due;
    }

    private static Row? Lock(DbConnection connection, string id) =>
        connection.QueryOne(
            $"{SelectSql} WHERE id = @id{connection.ForUpdate()}",
            Read,
            ("id", id)
        );

    private const string SelectSql =
        "SELECT id, payout, reseller, transfer, cents, state, sent_at FROM payout_reversal";

    private static Row Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            new ResellerId(row.GetString(2)),
            row.GetString(3),
            row.GetInt64(4),
            row.GetString(5),
            row.LongOrNull(6)
        );
}
