using System.Data.Common;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>Events about resellers' accounts, transfers to them and their bank. Each is a hint that
/// an object has changed, so the object is read again.</summary>
internal sealed class ConnectEvents(
    Database database,
    StripeClient client,
    Payees payees,
    Payouts payouts,
    PayoutReversals reversals,
    BankPayouts atBank,
    ResellerEarnings earnings,
    Inbox inbox,
    Findings findings,
    TimeProvider time
)
{
    public static bool Handles(string type) =>
        type is "account.updated" or "account.application.deauthorized"
        || type.StartsWith("payout.", StringComparison.Ordinal)
        || type.StartsWith("transfer.", StringComparison.Ordinal);

    public Task<Look> LookAsync(WaitingEvent waiting, string id, CancellationToken ct) =>
        waiting switch
        {
            { Type: "account.updated" } => payees.LookAsync(waiting.Account ?? id, waiting.Id, ct),
            { Type: "account.application.deauthorized", Account: { } account } => payees.LookAsync(
                account,
                waiting.Id,
                ct
            ),
            { Account: { } account } when waiting.Type.StartsWith("payout.", Ordinal) =>
                atBank.LookAsync(account, id, waiting.Id, ct),
            { Account: null } when waiting.Type.StartsWith("transfer.", Ordinal) => TransferAsync(
                id,
                waiting.Id,
                ct
            ),
            // The operator's own payouts, and what connected accounts do among themselves.
            _ => IgnoreAsync(waiting.Id),
        };

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private async Task<Look> TransferAsync(string id, string eventId, CancellationToken ct)
    {
        var answer = await client.GetTransferAsync(id, ct);
        if (answer.ValueOrNull is not { } transfer)
        {
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        await using (var connection = await database.OpenAsync(ct))
        {
            if (transfer.Batch is null || Payout.Find(connection, "id", transfer.Batch) is null)
            {
                return Look.NotOurs;
            }
        }

        await database.WriteAsync(connection => Apply(connection, transfer, eventId));
        return Look.Settled;
    }

    private bool Apply(DbConnection connection, StripeTransfer transfer, string eventId)
    {
        inbox.Done(connection, eventId);
        payouts.Paid(connection, transfer.Batch!, transfer);
        foreach (var (ours, reversal) in transfer.OurReversals)
        {
            reversals.Done(connection, ours, reversal);
        }

        var row = Payout.Lock(connection, transfer.Batch!);
        var outside = transfer.AmountReversed - row.ReversedCents;
        if (row.Transfer != transfer.Id || outside <= 0 || HasUnknown(connection, row.Id))
        {
            return false;
        }

        // Somebody fetched it back by hand. Until they say why, nothing is sent there again.
        var key = FormattableString.Invariant($"{transfer.Id}:{transfer.AmountReversed}");
        earnings.Change(connection, row.Reseller).PayoutReversed(row.Id, key, outside);
        (row with { ReversedCents = transfer.AmountReversed }).Save(connection);
        Payouts.Stop(connection, row.Reseller, "reversed_in_dashboard", time.Now());
        findings.Write(
            connection,
            Findings.ReversedOutside,
            key,
            $"{outside} cents of {row.Id} came back; payouts of {row.Reseller} are stopped"
        );
        return true;
    }

    // What is unknown may be the very reversal that is seen here; its own row decides.
    private static bool HasUnknown(DbConnection connection, string payout) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM payout_reversal
            WHERE payout = @payout AND state IN ('created', 'unknown') AND sent_at IS NOT NULL
            """,
            row => row.GetInt64(0),
            ("payout", payout)
        ) > 0;

    private async Task<Look> IgnoreAsync(string eventId)
    {
        await inbox.IgnoreAsync(eventId);
        return Look.Settled;
    }
}
