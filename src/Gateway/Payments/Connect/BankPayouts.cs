using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// What the provider pays from a reseller's account to its bank, by its own schedule. We only tell:
/// our books ended with the transfer. One that was paid may still fail days later.
/// </summary>
internal sealed class BankPayouts(
    Database database,
    StripeClient client,
    Inbox inbox,
    PaymentMails mails,
    TimeProvider time
)
{
    private const string Failed = "failed";

    public async Task<Look> LookAsync(
        string account,
        string id,
        string? eventId,
        CancellationToken ct
    )
    {
        UserId? owner;
        await using (var connection = await database.OpenAsync(ct))
        {
            owner = Payees.OwnerOf(connection, account);
        }

        if (owner is not { } ours)
        {
            return Look.NotOurs;
        }

        switch (await client.GetBankPayoutAsync(account, id, ct))
        {
            case StripeAnswer<StripeBankPayout>.Done(var found):
                await database.WriteAsync(c => Keep(c, account, ours, found, eventId));
                return Look.Settled;
            case StripeAnswer<StripeBankPayout>.Refused:
                // The account has left us; what happens in it is no longer ours to tell.
                return Look.Settled;
            default:
                return Look.Unreachable;
        }
    }

    /// <summary>Failures that no event told us.</summary>
    public async Task SweepAsync(string account, UserId owner, CancellationToken ct)
    {
        var answer = await client.FailedBankPayoutsAsync(account, ct);
        foreach (var found in answer.ValueOrNull ?? [])
        {
            await database.WriteAsync(c => Keep(c, account, owner, found, eventId: null));
        }
    }

    private bool Keep(
        DbConnection connection,
        string account,
        UserId owner,
        StripeBankPayout found,
        string? eventId
    )
    {
        inbox.Done(connection, eventId);
        connection.Execute(
            """
            INSERT INTO bank_payout(id, account, owner, cents, currency, status, failure,
                arrives_at, at)
            VALUES(@id, @account, @owner, @cents, @currency, @status, @failure, @arrives, @now)
            ON CONFLICT(id) DO UPDATE SET status = excluded.status, failure = excluded.failure,
                arrives_at = excluded.arrives_at
            """,
            ("id", found.Id),
            ("account", account),
            ("owner", owner.Value),
            ("cents", found.Amount),
            ("currency", found.Currency ?? ""),
            ("status", found.Status),
            ("failure", found.FailureCode),
            ("arrives", found.ArrivalDate * 1000),
            ("now", time.Now())
        );
        if (found.Status == Failed)
        {
            mails.Write(
                connection,
                new PaymentMail(
                    $"{PayoutMailKinds.BankFailed}:{found.Id}",
                    default,
                    PayoutMailKinds.BankFailed,
                    found.Amount,
                    found.FailureCode
                )
                {
                    Person = owner,
                }
            );
        }

        return true;
    }
}
