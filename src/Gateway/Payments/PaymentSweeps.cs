using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Looks by itself for what nobody told us: events that could not be delivered, cards that
/// are about to expire, balances that have become low. One node at a time does each.</summary>
internal sealed class PaymentSweeps(
    Database database,
    StripeClient client,
    Inbox inbox,
    PaymentMails mails,
    StripeHealth health,
    Findings findings,
    LowBalanceMails lowBalances,
    LimitMails limits,
    TimeProvider time
)
{
    private const string Events = "events";
    private const string CardDates = "card_dates";
    private const string LowOnes = "low_balances";
    private const string Limits = "limits";
    private const int Count = 4;
    private const int PagesMax = 20;
    private static readonly TimeSpan s_eventsEvery = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_datesEvery = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_lowEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_limitsEvery = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_historyKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_overlap = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken ct)
    {
        if (!await MayBeDueAsync(ct))
        {
            return;
        }

        if (await IsDueAsync(Events, s_eventsEvery) is { } coveredTo)
        {
            await FetchEventsAsync(coveredTo, ct);
            await JudgeClockAsync();
        }

        if (await IsDueAsync(CardDates, s_datesEvery) is not null)
        {
            await WarnOfDatesAsync();
        }

        if (await IsDueAsync(LowOnes, s_lowEvery) is not null)
        {
            await lowBalances.TellAsync(ct);
        }

        if (await IsDueAsync(Limits, s_limitsEvery) is not null)
        {
            await limits.TellAsync(ct);
        }
    }

    private async Task FetchEventsAsync(long coveredTo, CancellationToken ct)
    {
        var began = time.Now();
        var oldest = time.GetUtcNow() - s_historyKept;
        var since = DateTimeOffset.FromUnixTimeMilliseconds(coveredTo) - s_overlap;
        string? after = null;
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await client.ListEventsAsync(
                EventWorker.Types,
                since > oldest ? since : oldest,
                after,
                ct
            );
            if (answer.ValueOrNull is not { } events)
            {
                return;
            }

            foreach (var text in events)
            {
                await inbox.ReceiveAsync(Encoding.UTF8.GetBytes(text));
                using var json = System.Text.Json.JsonDocument.Parse(text);
                after = json.RootElement.Text("id");
            }

            if (events.Count == 0)
            {
                break;
            }
        }

        await database.WriteAsync(connection =>
            connection.Execute(
                "UPDATE payment_sweep SET covered_to = @to WHERE id = @id",
                ("to", began),
                ("id", Events)
            )
        );
    }

    // With a clock that is off, every signature looks too old or too new.
    private Task JudgeClockAsync() =>
        health.IsClockRight
            ? Task.CompletedTask
            : findings.WriteAsync(
                Findings.ClockSkew,
                $"{time.GetUtcNow():yyyy-MM-dd}",
                $"this machine's clock differs from the provider's by {health.ClockSkew}"
            );

    private Task WarnOfDatesAsync() =>
        database.WriteAsync(connection =>
        {
            var soon = time.GetUtcNow().AddDays(30);
            var cards = connection.Query(
                """
                SELECT c.project, c.card FROM payment_card c
                JOIN auto_reload a ON a.project = c.project AND a.enabled = 1
                WHERE c.exp_year * 12 + c.exp_month < @soon
                """,
                row => (Project: row.GetString(0), Card: row.GetString(1)),
                ("soon", (long)(soon.Year * 12) + soon.Month)
            );
            foreach (var (project, card) in cards)
            {
                mails.Write(
                    connection,
                    new PaymentMail(
                        "expires:" + card,
                        new ProjectId(project),
                        PaymentMailKinds.CardExpires,
                        null,
                        null
                    )
                );
            }

            return cards.Count;
        });

    // A row that is not there yet counts as due.
    private async Task<bool> MayBeDueAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
                "SELECT COUNT(*) FROM payment_sweep WHERE next_at > @now",
                row => row.GetInt64(0),
                ("now", time.Now())
            ) < Count;
    }

    /// <returns>Up to when it was covered before; null when it is not due.</returns>
    private Task<long?> IsDueAsync(string sweep, TimeSpan every) =>
        database.WriteAsync(connection =>
        {
            var now = time.Now();
            connection.Execute(
                """
                INSERT INTO payment_sweep(id, next_at, covered_to) VALUES(@id, 0, @now)
                ON CONFLICT(id) DO NOTHING
                """,
                ("id", sweep),
                ("now", now)
            );
            return connection.QueryOne<long?>(
                """
                UPDATE payment_sweep SET next_at = @next WHERE id = @id AND next_at <= @now
                RETURNING covered_to
                """,
                row => row.GetInt64(0),
                ("next", time.In(every)),
                ("id", sweep),
                ("now", now)
            );
        });
}
