using System.Data.Common;
using System.Text.Json;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// A charge whose answer was lost for so long that the provider may have forgotten its key. Sending
/// the key again could charge twice, so the provider's own list of events is searched instead; only
/// when that list is complete and has no such payment is another attempt allowed.
/// </summary>
internal sealed class LostCharges(
    Database database,
    StripeClient client,
    PaidTopups paid,
    Findings findings,
    TimeProvider time
)
{
    private const int PagesMax = 50;
    private static readonly TimeSpan s_again = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(10);

    private static readonly string[] s_types =
    [
        "payment_intent.succeeded",
        "payment_intent.processing",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
    ];

    public async Task SearchAsync(TopupRow row, CancellationToken ct)
    {
        var since = DateTimeOffset.FromUnixTimeMilliseconds(row.SentAt ?? row.CreatedAt);
        string? after = null;
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await client.FindEventsAsync(s_types, since - s_margin, after, ct);
            if (answer.ValueOrNull is not { } events)
            {
                break;
            }

            foreach (var text in events)
            {
                using var json = JsonDocument.Parse(text);
                after = json.RootElement.Text("id");
                var found = json.RootElement.Object("data")?.Object("object");
                if (found?.Metadata("reload") == row.Id && found.Value.Text("id") is { } payment)
                {
                    await FoundAsync(row, payment, ct);
                    return;
                }
            }

            if (events.Count == 0)
            {
                await database.WriteAsync(connection => NeverCharged(connection, row));
                return;
            }
        }

        await database.WriteAsync(connection => Later(connection, row));
    }

    private async Task FoundAsync(TopupRow row, string payment, CancellationToken ct)
    {
        if (await paid.LookAtPaymentAsync(row, payment, eventId: null, ct) is Look.Settled)
        {
            return;
        }

        // Not paid and never to be: after this it can be attempted anew.
        var canceled = await client.CancelChargeAsync(payment, ct);
        await database.WriteAsync(connection =>
            canceled.ValueOrNull is { Status: "canceled" }
                ? NeverCharged(connection, row)
                : Later(connection, row)
        );
    }

    private bool NeverCharged(DbConnection connection, TopupRow row)
    {
        var current = TopupRow.Lock(connection, row.Id);
        findings.Write(
            connection,
            Findings.ChargeSearched,
            row.ChargeKey,
            "no answer for a day, and the provider has no payment of it"
        );
        var isLast = current.Attempt >= Declines.AttemptsMax;
        (
            current with
            {
                State = isLast ? TopupStates.Failed : TopupStates.Retrying,
                Failure = "no_answer",
                NextAt = isLast ? null : time.Now(),
            }
        ).Save(connection);
        return true;
    }

    private bool Later(DbConnection connection, TopupRow row) =>
        connection.Execute(
            "UPDATE topup SET next_at = @next, leased_until = 0 WHERE id = @id",
            ("next", time.In(s_again)),
            ("id", row.Id)
        ) == 1;
}
