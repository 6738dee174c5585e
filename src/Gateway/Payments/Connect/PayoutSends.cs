using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// Sends batches. Its key is stored before the call; an answer that never came is asked for with the
/// same key, and after a day, when keys may be forgotten, the provider is searched for the batch
/// first. What cannot be sent waits with its reason and is tried each day.
/// </summary>
internal sealed class PayoutSends(
    Database database,
    ResellerEarnings earnings,
    StripeClient client,
    Payees payees,
    Payouts payouts,
    Findings findings,
    PaymentMails mails,
    TimeProvider time
)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_keyLife = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_nextDay = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_unknownFirst = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMinutes(10);

    public async Task RunDueAsync(CancellationToken ct)
    {
        if (!await DueRows.AnyAsync(database, "payout", time.Now(), ct))
        {
            return;
        }

        var due = await database.WriteAsync(connection =>
            Payout.TakeDue(connection, time.Now(), database.Now(connection), s_lease)
        );
        foreach (var row in due)
        {
            await RunAsync(row, ct);
        }
    }

    private Task RunAsync(Payout row, CancellationToken ct) =>
        row.State != PayoutStates.Unknown ? PrepareAsync(row, ct)
        : row.SentAt + (long)s_keyLife.TotalMilliseconds <= time.Now() ? SearchAsync(row, ct)
        : CallAsync(row, ct);

    private async Task PrepareAsync(Payout row, CancellationToken ct)
    {
        var owner = new UserId(row.Reseller.Value);
        var readiness = await payees.JudgeAsync(owner, ct);
        var payee = await payees.FindAsync(owner, ct);
        var reading = await earnings.ReadAsync(row.Reseller, ct);
        if (payee?.Account != row.Account)
        {
            await ReturnAsync(row, "account_gone");
        }
        else if (reading.Debt > NanoUsd.Zero)
        {
            await ReturnAsync(row, "take_back");
        }
        else if (readiness is PayeeReadiness.Unknown)
        {
            await WaitAsync(row, row.State, row.Why, s_askAgain);
        }
        else if (payee.StoppedBecause is not null)
        {
            await WaitAsync(row, PayoutStates.Held, "stopped", s_nextDay);
        }
        else if (readiness is not PayeeReadiness.Complete)
        {
            await WaitAsync(row, PayoutStates.Held, "account_" + payee.Status, s_nextDay);
        }
        else
        {
            await SendIfThereIsMoneyAsync(row, ct);
        }
    }

    // Without this look the transfer would fail, and the provider does not try again by itself.
    private async Task SendIfThereIsMoneyAsync(Payout row, CancellationToken ct)
    {
        switch (await client.GetBalanceAsync(row.Currency, ct))
        {
            case StripeAnswer<long>.Done(var cents) when cents >= row.Cents:
                if (await database.WriteAsync(connection => Begin(connection, row)) is { } sent)
                {
                    await CallAsync(sent, ct);
                }

                break;
            case StripeAnswer<long>.Done(var cents):
                await database.WriteAsync(connection =>
                    Short(connection, row, isRefused: false, $"{cents} of {row.Cents} cents")
                );
                break;
            default:
                await WaitAsync(row, row.State, row.Why, s_askAgain);
                break;
        }
    }

    private Payout? Begin(DbConnection connection, Payout seen) =>
        LockAsSeen(connection, seen) is { } row
            ? (
                row with
                {
                    State = PayoutStates.Unknown,
                    SentAt = time.Now(),
                    NextAt = time.In(s_unknownFirst),
                    Why = null,
                }
            ).Save(connection)
            : null;

    // A slow provider can outlast the lease, and then another node has gone on with this batch: paid
    // it, or given its money back. What was decided on the row as it was counts no more. A search
    // that found nothing is followed by the same key, so only the time tells one sending from the
    // next.
    private static Payout? LockAsSeen(DbConnection connection, Payout seen)
    {
        var row = Payout.Lock(connection, seen.Id);
        return (row.State, row.Attempt, row.SentAt) == (seen.State, seen.Attempt, seen.SentAt)
            ? row
            : null;
    }

    private async Task CallAsync(Payout row, CancellationToken ct)
    {
        var answer = await client.TransferAsync(
            row.Id,
            row.Account,
            row.Cents,
            row.Currency,
            ct,
            row.Attempt
        );
        switch (answer)
        {
            case StripeAnswer<StripeTransfer>.Done(var transfer):
                await database.WriteAsync(c => payouts.Paid(c, row.Id, transfer));
                break;
            case StripeAnswer<StripeTransfer>.Refused(var error):
                await database.WriteAsync(c => Refused(c, row, error));
                break;
            default:
                var asked = (time.Now() - row.SentAt ?? 0) / 60_000;
                await WaitAsync(
                    row,
                    PayoutStates.Unknown,
                    "no_answer",
                    Clockwork.Backoff(s_unknownFirst, asked / 2)
                );
                break;
        }
    }

    /// <summary>Its key may be forgotten: sent again it could be paid twice. The provider knows what
    /// it has sent for a batch.</summary>
    private async Task SearchAsync(Payout row, CancellationToken ct)
    {
        switch (await client.FindTransfersAsync(row.Id, ct))
        {
            case StripeAnswer<List<StripeTransfer>>.Done([var found, .. var others]):
                await database.WriteAsync(connection =>
                {
                    if (others.Count > 0)
                    {
                        findings.Write(
                            connection,
                            Findings.TransferOdd,
                            row.Id,
                            $"sent {others.Count + 1} times: {found.Id}, {others[0].Id}"
                        );
                    }

                    return payouts.Paid(connection, row.Id, found);
                });
                break;
            case StripeAnswer<List<StripeTransfer>>.Done:
                // Never made. It goes the whole way again, with the key it had.
                await WaitAsync(row, PayoutStates.Queued, "not_sent", TimeSpan.Zero);
                break;
            default:
                await WaitAsync(row, PayoutStates.Unknown, "no_answer", s_askAgain);
                break;
        }
    }

    private bool Refused(DbConnection connection, Payout seen, StripeError error)
    {
        if (LockAsSeen(connection, seen) is not { } row)
        {
            return false;
        }

        if (error.IsKeyReused)
        {
            findings.Write(connection, Findings.KeyReused, row.Id, error.Message ?? "");
            var wait = TimeSpan.FromHours(1);
            return Wait(connection, row, PayoutStates.Unknown, "key_reused", wait);
        }

        if (error.Code == "balance_insufficient")
        {
            return Short(connection, row, isRefused: true, error.Message ?? "");
        }

        if (error.Code != "transfers_not_allowed")
        {
            findings.Write(connection, Findings.TransferOdd, row.Id, error.Message ?? error.Type);
        }

        TellHeld(connection, row);
        return Hold(connection, row, error.Code ?? error.Type);
    }

    private bool Hold(DbConnection connection, Payout row, string why)
    {
        (
            row with
            {
                State = PayoutStates.Held,
                Attempt = row.Attempt + 1,
                Why = why,
                NextAt = time.In(s_nextDay),
            }
        ).Save(connection);
        return true;
    }

    // The batch stays as it is; the operator must leave more money at the provider.
    private bool Short(DbConnection connection, Payout seen, bool isRefused, string detail)
    {
        if (LockAsSeen(connection, seen) is not { } row)
        {
            return false;
        }

        findings.Write(connection, Findings.BalanceShort, row.Id, detail);
        (
            row with
            {
                State = PayoutStates.Queued,
                Attempt = row.Attempt + (isRefused ? 1 : 0),
                Why = "balance_insufficient",
                NextAt = time.In(s_nextDay),
            }
        ).Save(connection);
        return true;
    }

    private void TellHeld(DbConnection connection, Payout row) =>
        mails.Write(
            connection,
            new PaymentMail(
                $"{PayoutMailKinds.Held}:{row.Id}",
                default,
                PayoutMailKinds.Held,
                row.Cents,
                null
            )
            {
                Person = new UserId(row.Reseller.Value),
            }
        );

    private Task ReturnAsync(Payout row, string why) =>
        database.WriteAsync(connection => payouts.Return(connection, row.Id, why));

    private Task WaitAsync(Payout row, string state, string? why, TimeSpan wait) =>
        database.WriteAsync(connection => Wait(connection, row, state, why, wait));

    private bool Wait(
        DbConnection connection,
        Payout seen,
        string state,
        string? why,
        TimeSpan wait
    )
    {
        if (LockAsSeen(connection, seen) is not { } row)
        {
            return false;
        }

        (row with { State = state, Why = why, NextAt = time.In(wait) }).Save(connection);
        return true;
    }
}
