using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Refunds that somebody made in the provider's dashboard. An event tells a total, never a
/// difference, so what is new is what neither our refunds nor an earlier look explain.</summary>
internal sealed class OutsideRefunds(
    Database database,
    WalletChanges wallets,
    StripeClient client,
    Inbox inbox,
    Connect.PayoutReversals reversals,
    Findings findings
)
{
    public async Task<Look> LookAsync(string charge, string? eventId, CancellationToken ct)
    {
        var answer = await client.GetChargeAsync(charge, ct);
        if (answer.ValueOrNull is not { } found)
        {
            return answer.IsMissing ? Look.NotOurs : Look.Unreachable;
        }

        TopupRow? topup;
        await using (var connection = await database.OpenAsync(ct))
        {
            topup =
                TopupRow.Find(connection, "charge", charge)
                ?? (
                    found.PaymentId is { } payment
                        ? TopupRow.Find(connection, "payment", payment)
                        : null
                );
        }

        if (topup?.Payment is null)
        {
            return Look.NotOurs;
        }

        await wallets.RecallAsync(topup.Project);
        await wallets.TogetherAsync(
            topup.Project,
            change => Book(change, topup.Id, found, eventId)
        );
        return Look.Settled;
    }

    private bool Book(WalletChange change, string id, StripeCharge charge, string? eventId)
    {
        var connection = change.Connection;
        var topup = TopupRow.Lock(connection, id);
        inbox.Done(connection, eventId);
        var known = RefundRow.TakenCents(connection, id) + topup.RefundedOutsideCents;
        var outside = charge.AmountRefunded - known;
        if (outside <= 0)
        {
            return false;
        }

        change.RefundedOutside(topup.Payment!, $"{charge.Id}:{charge.AmountRefunded}", outside);
        reversals.Plan(connection, change.TakenBack);
        findings.Write(
            connection,
            Findings.RefundOdd,
            $"{charge.Id}:{charge.AmountRefunded}",
            $"{outside} cents were refunded in the dashboard"
        );
        connection.Execute(
            """
            UPDATE topup SET refunded_outside_cents = refunded_outside_cents + @cents
            WHERE id = @id
            """,
            ("cents", outside),
            ("id", id)
        );
        return true;
    }
}
