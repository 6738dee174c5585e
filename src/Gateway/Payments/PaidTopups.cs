using System.Data.Common;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// The one place where a payment becomes balance. Webhook, return page, sweep and the answer to a
/// charge all come here with what the provider says of its own object; whoever is first credits,
/// the others find it done.
/// </summary>
internal sealed class PaidTopups(
    Database database,
    WalletChanges wallets,
    StripeClient client,
    Cards cards,
    AutoReloads reloads,
    Inbox inbox,
    Findings findings,
    PaymentMails mails,
    ReloadCaps caps,
    LowBalances lowBalances,
    PaymentsOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(4);

    /// <summary>Reads what the provider has of this top-up, and acts on it.</summary>
    public async Task<Look> LookAsync(TopupRow row, string? eventId, CancellationToken ct)
    {
        if (row.State is TopupStates.Succeeded or TopupStates.Quarantined)
        {
            await database.WriteAsync(connection => inbox.Done(connection, eventId));
            return Look.Settled;
        }

        if (row.IsAuto)
        {
            return row.Payment is null
                ? Look.Waiting
                : await LookAtPaymentAsync(row, row.Payment, eventId, ct);
        }

        if (row.Session is null)
        {
            return Look.Waiting;
        }

        var answer = await client.GetTopupPageAsync(row.Session, ct);
        return answer.ValueOrNull is { } page ? await JudgeAsync(row, page, eventId, ct)
            : answer.IsMissing ? Look.NotOurs
            : Look.Unreachable;
    }

    /// <summary>The same for a charge whose payment an event or an answer has named.</summary>
    public async Task<Look> LookAtPaymentAsync(
        TopupRow row,
        string payment,
        string? eventId,
        CancellationToken ct
    )
    {
        var answer = await client.GetPaymentAsync(payment, ct);
        if (answer.ValueOrNull is not { } found)
        {
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        if (found.TopupId != row.Id)
        {
            return Look.NotOurs;
        }

        if (found.Status != "succeeded")
        {
            return Look.Waiting;
        }

        await CreditAsync(row, found, eventId, ct);
        return Look.Settled;
    }

    public async Task CreditAsync(
        TopupRow row,
        StripePayment payment,
        string? eventId,
        CancellationToken ct
    )
    {
        if (row.Mismatch(payment, options.IsLive) is { } mismatch)
        {
            await QuarantineAsync(row, payment.Id, mismatch, eventId);
            return;
        }

        var card = payment is { SetupFutureUsage: "off_session", Card: { } saved } ? saved : null;
        await wallets.TogetherAsync(row.Project, change => Book(change, row, payment, eventId));
        if (card is not null && row.SavesCard)
        {
            await cards.MakeDefaultAsync(row.Customer, card.Id, ct);
        }
    }

    /// <summary>The page will not be paid any more.</summary>
    public Task CloseAsync(TopupRow row, string state, string? failure, string? eventId) =>
        database.WriteAsync(connection =>
        {
            var current = TopupRow.Lock(connection, row.Id);
            inbox.Done(connection, eventId);
            if (current.State is TopupStates.Succeeded or TopupStates.Quarantined)
            {
                return current;
            }

            if (state == TopupStates.Failed)
            {
                mails.Write(
                    connection,
                    new PaymentMail(
                        "failed:" + row.Id,
                        row.Project,
                        PaymentMailKinds.TopupFailed,
                        row.Cents,
                        failure
                    )
                );
            }

            return (current with { State = state, Failure = failure, NextAt = null }).Save(
                connection
            );
        });

    private async Task<Look> JudgeAsync(
        TopupRow row,
        StripePage page,
        string? eventId,
        CancellationToken ct
    )
    {
        if (page.IsPaid && page.Payment is { Status: "succeeded" } payment)
        {
            if (row.Mismatch(page, options.IsLive) is { } mismatch)
            {
                await QuarantineAsync(row, payment.Id, mismatch, eventId);
            }
            else
            {
                await CreditAsync(row, payment, eventId, ct);
            }

            return Look.Settled;
        }

        if (page.Status == "expired")
        {
            await CloseAsync(row, TopupStates.Expired, failure: null, eventId);
            return Look.Settled;
        }

        if (page is { Status: "complete", Payment.Status: "requires_payment_method" or "canceled" })
        {
            var words = Declines.Classify(page.Payment.LastError).Words;
            await CloseAsync(row, TopupStates.Failed, words, eventId);
            return Look.Settled;
        }

        var state = page.Status == "complete" ? TopupStates.Processing : TopupStates.Open;
        await database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE topup SET state = @state, next_at = @next
                WHERE id = @id AND state IN ('created', 'open', 'processing')
                """,
                ("state", state),
                ("next", time.In(s_lookAgain)),
                ("id", row.Id)
            )
        );
        return Look.Waiting;
    }

    private bool Book(WalletChange change, TopupRow row, StripePayment payment, string? eventId)
    {
        var connection = change.Connection;
        var current = TopupRow.Lock(connection, row.Id);
        inbox.Done(connection, eventId);
        if (current.State == TopupStates.Quarantined)
        {
            return false;
        }

        var isNew = change.Topup(payment.AmountReceived, payment.Id, payment.Charge?.Fee ?? 0);
        lowBalances.Note(connection, row.Project);
        Connect.OwnAccounts.Note(connection, row.Project, payment.Card?.Fingerprint);
        if (current.State == TopupStates.Succeeded)
        {
            if (isNew)
            {
                findings.Write(
                    connection,
                    Findings.PaidTwice,
                    payment.Id,
                    $"{row.Id} was paid before by {current.Payment}; both were credited"
                );
            }

            return isNew;
        }

        (
            current with
            {
                State = TopupStates.Succeeded,
                Payment = payment.Id,
                Charge = payment.ChargeId,
                ReceiptUrl = payment.Charge?.ReceiptUrl,
                Failure = null,
                PaidAt = time.Now(),
                NextAt = null,
            }
        ).Save(connection);
        if (row.IsAuto)
        {
            Reloaded(connection, row);
        }
        else
        {
            Recovered(connection, row, payment);
        }

        return isNew;
    }

    private void Reloaded(DbConnection connection, TopupRow row)
    {
        AutoReloads.Rest(connection, row.Project, time.In(options.ReloadInterval));
        caps.Tell(connection, row);
        mails.Write(
            connection,
            new PaymentMail(
                "reloaded:" + row.Id,
                row.Project,
                PaymentMailKinds.Reloaded,
                row.Cents,
                null
            )
        );
    }

    // Paid by hand: a reload that waited for its owner has had its answer and may start anew.
    private void Recovered(DbConnection connection, TopupRow row, StripePayment payment)
    {
        if (row.SavesCard && payment.Card is { } card)
        {
            cards.Store(connection, row.Project, row.Customer, card);
        }

        var recovered = AutoReloads.CallOff(connection, row.Project, "paid_by_hand");
        if (recovered > 0)
        {
            AutoReloads.Rest(connection, row.Project, time.In(options.ReloadInterval));
        }
    }

    private Task QuarantineAsync(TopupRow row, string payment, string why, string? eventId) =>
        database.WriteAsync(connection =>
        {
            var current = TopupRow.Lock(connection, row.Id);
            inbox.Done(connection, eventId);
            findings.Write(connection, Findings.Quarantined, row.Id, $"{payment}: {why}");
            if (row.IsAuto)
            {
                // What went wrong once would go wrong again, with another charge each time.
                reloads.TurnOff(connection, row.Project, ReloadOffReasons.Quarantined);
            }

            return current.State == TopupStates.Succeeded
                ? current
                : (
                    current with
                    {
                        State = TopupStates.Quarantined,
                        Failure = "mismatch",
                        NextAt = null,
                    }
                ).Save(connection);
        });
}
