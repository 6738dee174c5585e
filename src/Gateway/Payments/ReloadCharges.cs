using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// Charges saved cards for reloads. Attempt and key are in the row before the call; after a crash,
/// a time-out or a 500 the same key is sent again and brings the first result. A new key is only
/// ever made after an answer that says that nothing was charged.
/// </summary>
internal sealed class ReloadCharges(
    Database database,
    StripeClient client,
    PaidTopups paid,
    AutoReloads reloads,
    ReloadDeclines declines,
    LostCharges lost,
    Findings findings,
    TimeProvider time
)
{
    private const int BatchMax = 20;
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_keyLives = TimeSpan.FromHours(23);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_unknownFirst = TimeSpan.FromSeconds(30);

    public async Task RunDueAsync(CancellationToken ct)
    {
        if (!await DueRows.AnyAsync(database, "topup", time.Now(), ct))
        {
            return;
        }

        foreach (var row in await database.WriteAsync(TakeDue))
        {
            await RunAsync(row, ct);
        }
    }

    private async Task RunAsync(TopupRow row, CancellationToken ct)
    {
        if (row.State == TopupStates.Processing)
        {
            if (await paid.LookAsync(row, eventId: null, ct) is not Look.Settled)
            {
                await LaterAsync(row, TopupStates.Processing, s_lookAgain);
            }

            return;
        }

        if (time.Now() - row.SentAt > s_keyLives.TotalMilliseconds)
        {
            await lost.SearchAsync(row, ct);
            return;
        }

        var answer = await client.ChargeSavedAsync(
            row.ChargeKey,
            new Stripe.SavedCharge
            {
                Reload = row.Id,
                Customer = row.Customer,
                Card = row.Card!,
                Cents = row.Cents,
                Currency = row.Currency,
                Description = "Auto-reload of a prepaid balance",
            },
            ct
        );
        switch (answer)
        {
            case StripeAnswer<StripePayment>.Done(var payment):
                await ChargedAsync(row, payment, ct);
                break;
            case StripeAnswer<StripePayment>.Refused(var error):
                await RefusedAsync(row, error, ct);
                break;
            default:
                // Nobody knows. The row stays as it is, and with it the key.
                var asked = time.Now() - row.SentAt ?? 0;
                var wait = Clockwork.Backoff(s_unknownFirst, asked / 120_000);
                await LaterAsync(row, TopupStates.Unknown, wait);
                break;
        }
    }

    private async Task ChargedAsync(TopupRow row, StripePayment payment, CancellationToken ct)
    {
        switch (payment.Status)
        {
            case "succeeded":
                await paid.CreditAsync(row, payment, eventId: null, ct);
                break;
            case "requires_action" or "requires_payment_method":
                await declines.DeclinedAsync(
                    row,
                    new StripeError
                    {
                        Status = 402,
                        Code = "authentication_required",
                        PaymentId = payment.Id,
                    },
                    ct
                );
                break;
            case "canceled":
                await declines.DeclinedAsync(row, payment.LastError, ct);
                break;
            default:
                await database.WriteAsync(connection =>
                    (
                        TopupRow.Lock(connection, row.Id) with
                        {
                            State = TopupStates.Processing,
                            Payment = payment.Id,
                            NextAt = time.In(s_lookAgain),
                        }
                    ).Save(connection)
                );
                break;
        }
    }

    private async Task RefusedAsync(TopupRow row, StripeError error, CancellationToken ct)
    {
        if (error.IsCard)
        {
            await declines.DeclinedAsync(row, error, ct);
            return;
        }

        if (error.IsKeyReused)
        {
            // Our own mistake: the same key with another body. A person must look at it.
            await findings.WriteAsync(Findings.KeyReused, row.ChargeKey, error.Message ?? "");
            await LaterAsync(row, TopupStates.Unknown, TimeSpan.FromHours(1));
            return;
        }

        var isGone = error.Code == "resource_missing";
        var reason = isGone ? ReloadOffReasons.CustomerDeleted : ReloadOffReasons.ProviderRefused;
        await database.WriteAsync(connection =>
        {
            if (isGone)
            {
                Customers.Forget(connection, row.Customer);
            }

            return End(connection, row, reason, error.Message);
        });
    }

    private bool End(DbConnection connection, TopupRow row, string reason, string? detail)
    {
        (
            TopupRow.Lock(connection, row.Id) with
            {
                State = TopupStates.Failed,
                Failure = reason,
                NextAt = null,
            }
        ).Save(connection);
        findings.Write(connection, reason, row.Id, detail ?? "");
        return reloads.TurnOff(connection, row.Project, reason);
    }

    private Task LaterAsync(TopupRow row, string state, TimeSpan wait) =>
        database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE topup SET next_at = @next, leased_until = 0
                WHERE id = @id AND state = @state
                """,
                ("next", time.In(wait)),
                ("id", row.Id),
                ("state", state)
            )
        );

    private List<TopupRow> TakeDue(DbConnection connection)
    {
        var due = connection.Query(
            TopupRow.SelectSql
                + $"""
                 WHERE next_at <= @now AND leased_until < @store_now AND kind = 'auto'
                    AND state IN ('created', 'unknown', 'retrying', 'processing')
                ORDER BY next_at LIMIT {BatchMax}{connection.ForUpdate()}
                """,
            TopupRow.Read,
            ("now", time.Now()),
            ("store_now", database.Now(connection))
        );
        List<TopupRow> taken = [];
        foreach (var row in due)
        {
            var ready = row.State is TopupStates.Created or TopupStates.Retrying
                ? BeginAttempt(connection, row)
                : row;
            if (ready is not null)
            {
                Lease(connection, ready);
                taken.Add(ready);
            }
        }

        return taken;
    }

    // The attempt is written down before it is made.
    private TopupRow? BeginAttempt(DbConnection connection, TopupRow row)
    {
        var card = Cards.Find(connection, row.Project);
        if (card is null)
        {
            reloads.TurnOff(connection, row.Project, ReloadOffReasons.CardRemoved);
            return null;
        }

        var isNeeded = row.State == TopupStates.Created || IsStillLow(connection, row.Project);
        if (!isNeeded || card.Customer != row.Customer)
        {
            // The next look at the balance begins another one where that is due.
            (
                row with
                {
                    State = TopupStates.Canceled,
                    Failure = isNeeded ? "card_replaced" : "not_needed",
                    NextAt = null,
                }
            ).Save(connection);
            return null;
        }

        return (
            row with
            {
                State = TopupStates.Unknown,
                Attempt = row.Attempt + 1,
                Card = card.Id,
                SentAt = time.Now(),
                NextAt = time.In(s_unknownFirst),
            }
        ).Save(connection);
    }

    private static bool IsStillLow(DbConnection connection, ProjectId project) =>
        AutoReloads.Find(connection, project) is { Enabled: true } settings
        && WalletReading.Of(connection, project.Value) is { } wallet
        && wallet.Balance < NanoUsd.FromCents(settings.ThresholdCents);

    private void Lease(DbConnection connection, TopupRow row) =>
        connection.Execute(
            "UPDATE topup SET leased_until = @until WHERE id = @id",
            ("until", database.Now(connection) + (long)s_lease.TotalMilliseconds),
            ("id", row.Id)
        );
}
