using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>A payment from the reseller's account to its bank, as the provider tells it.</summary>
public sealed record BankPayout(
    string Id,
    long Cents,
    string Currency,
    string Status,
    string? Failure,
    DateTimeOffset ArrivesAt
);

/// <summary>What was sent, to whom, and what became of it.</summary>
internal sealed class Payouts(
    Database database,
    ResellerEarnings earnings,
    Findings findings,
    TimeProvider time
)
{
    private const int ShownMax = 100;

    public async Task<List<Payout>> ListAsync(ResellerId reseller, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Payout.Of(connection, reseller, ShownMax);
    }

    /// <summary>Everybody's, the open ones first.</summary>
    public async Task<List<Payout>> ListAllAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return Payout.All(connection, 500);
    }

    public async Task<List<BankPayout>> ListAtBankAsync(UserId owner, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            """
            SELECT id, cents, currency, status, failure, arrives_at FROM bank_payout
            WHERE owner = @owner ORDER BY at DESC, id DESC LIMIT @max
            """,
            row => new BankPayout(
                row.GetString(0),
                row.GetInt64(1),
                row.GetString(2),
                row.GetString(3),
                row.TextOrNull(4),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5))
            ),
            ("owner", owner.Value),
            ("max", (long)ShownMax)
        );
    }

    /// <summary>The operator pays this reseller nothing until it says otherwise; null says
    /// otherwise.</summary>
    /// <returns>False for somebody without an account.</returns>
    public Task<bool> StopAsync(ResellerId reseller, string? because) =>
        database.WriteAsync(connection => Stop(connection, reseller, because, time.Now()));

    public static bool Stop(DbConnection connection, ResellerId reseller, string? because, long now)
    {
        var isThere =
            connection.Execute(
                "UPDATE payee SET stopped_because = @because WHERE owner = @owner",
                ("because", because),
                ("owner", reseller.Value)
            ) == 1;
        Wake(connection, new UserId(reseller.Value), now);
        return isThere;
    }

    /// <summary>Something about the account has changed: what waits for it looks again.</summary>
    public static void Wake(DbConnection connection, UserId owner, long now) =>
        connection.Execute(
            """
            UPDATE payout SET next_at = @now WHERE reseller = @owner AND state IN ('queued', 'held')
            """,
            ("now", now),
            ("owner", owner.Value)
        );

    /// <summary>The transfer is there: whoever notices first books it.</summary>
    public bool Paid(DbConnection connection, string id, Stripe.StripeTransfer transfer)
    {
        var row = Payout.Lock(connection, id);
        if (!row.IsOpen || !earnings.Change(connection, row.Reseller).PayoutPaid(id, transfer.Id))
        {
            return false;
        }

        if (transfer.Amount != row.Cents || transfer.Payee != row.Account)
        {
            findings.Write(
                connection,
                Findings.TransferOdd,
                transfer.Id,
                $"{transfer.Amount} to {transfer.Payee}; asked were {row.Cents} to {row.Account}"
            );
        }

        (
            row with
            {
                State = PayoutStates.Paid,
                Transfer = transfer.Id,
                PaidAt = time.Now(),
                NextAt = null,
                Why = null,
            }
        ).Save(connection);
        return true;
    }

    /// <summary>Its money is available again: the account it was for is gone, or the reseller owes
    /// something.</summary>
    public bool Return(DbConnection connection, string id, string why)
    {
        var row = Payout.Lock(connection, id);
        if (
            row.State is not (PayoutStates.Queued or PayoutStates.Held)
            || !earnings.Change(connection, row.Reseller).PayoutReturned(id)
        )
        {
            return false;
        }

        (row with { State = PayoutStates.Returned, Why = why, NextAt = null }).Save(connection);
        return true;
    }
}
