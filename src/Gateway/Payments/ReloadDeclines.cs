using System.Data.Common;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// What a declined reload leads to: another attempt after an hour and after a day, a question to
/// the card's owner, or the end of auto-reload. The payment that failed is cancelled, so that it
/// can never be paid after all.
/// </summary>
internal sealed class ReloadDeclines(
    Database database,
    StripeClient client,
    AutoReloads reloads,
    PaymentMails mails,
    TimeProvider time
)
{
    public async Task DeclinedAsync(TopupRow row, StripeError? error, CancellationToken ct)
    {
        var decline = Declines.Classify(error);
        if (error?.PaymentId is { } payment)
        {
            // Refused means that it is cancelled already; unknown is tried by the provider's own
            // expiry. Either way nobody can pay it: no page of ours leads to it.
            await client.CancelChargeAsync(payment, ct);
        }

        await database.WriteAsync(connection => Record(connection, row, decline));
    }

    private bool Record(DbConnection connection, TopupRow row, Decline decline)
    {
        var current = TopupRow.Lock(connection, row.Id);
        if (current.State != TopupStates.Unknown || current.Attempt != row.Attempt)
        {
            return false;
        }

        var settings = AutoReloads.Find(connection, row.Project);
        switch (decline.Class)
        {
            case DeclineClass.NeedsAction:
                Save(connection, current, TopupStates.NeedsAction, decline, nextAt: null);
                Write(connection, row, PaymentMailKinds.ActionNeeded, decline);
                return true;
            case DeclineClass.Soft
                when row.Attempt < Declines.AttemptsMax && settings is { Enabled: true }:
                var wait = row.Attempt == 1 ? decline.FirstWait : Declines.LastWait;
                Save(connection, current, TopupStates.Retrying, decline, time.In(wait));
                Write(connection, row, PaymentMailKinds.ReloadDeclined, decline);
                return true;
            default:
                Save(connection, current, TopupStates.Failed, decline, nextAt: null);
                return reloads.TurnOff(connection, row.Project, ReasonOf(decline.Class));
        }
    }

    private static void Save(
        DbConnection connection,
        TopupRow current,
        string state,
        Decline decline,
        long? nextAt
    ) =>
        (current with { State = state, Failure = decline.Words, NextAt = nextAt }).Save(connection);

    private void Write(DbConnection connection, TopupRow row, string kind, Decline decline) =>
        mails.Write(
            connection,
            new PaymentMail(
                $"{kind}:{row.Id}:{row.Attempt}",
                row.Project,
                kind,
                row.Cents,
                decline.Words
            )
        );

    private static string ReasonOf(DeclineClass declined) =>
        declined switch
        {
            DeclineClass.Hard => ReloadOffReasons.CardRefused,
            DeclineClass.NewCard => ReloadOffReasons.NewCardNeeded,
            _ => ReloadOffReasons.CardDeclined,
        };
}
