using System.Data.Common;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Delivers one body with its signature to where webhooks are received.</summary>
/// <returns>The status that was answered; 0 when nobody answered.</returns>
internal delegate Task<int> WebhookPost(byte[] body, string signature, CancellationToken ct);

/// <summary>
/// The provider's side of webhooks: signs with the real scheme, delivers to the real endpoint, and
/// comes again when that does not answer 2xx. Late, several times, in the wrong order or forged,
/// as the switches say.
/// </summary>
internal sealed class SimulatedDelivery(
    Database database,
    SimulatedServer server,
    WebhookPost post,
    TimeProvider time
)
{
    private const int AttemptsMax = 16;
    private static readonly TimeSpan s_retryFirst = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_bankTakes = TimeSpan.FromSeconds(10);

    public async Task TickAsync(CancellationToken ct)
    {
        if (!await HasDueAsync(ct))
        {
            return;
        }

        var (due, switches) = await server.RunAsync(books => (books.TakeDue(), books.Switches));
        foreach (var waiting in switches.Reordered ? Enumerable.Reverse(due) : due)
        {
            await DeliverAsync(waiting, switches.Forged, ct);
        }
    }

    /// <summary>What takes its time at a bank has had its time.</summary>
    public Task SettleSlowRefundsAsync() =>
        server.RunAsync(books =>
        {
            var before = (books.Now - s_bankTakes).ToUnixTimeSeconds();
            var pending = books
                .All("refund")
                .Where(item => item.Text("status") == "pending" && item.Long("created") <= before)
                .ToList();
            foreach (var refund in pending)
            {
                SimulatedRefunds.Settle(books, refund.Text("id"));
            }

            return pending.Count;
        });

    private async Task DeliverAsync(SimulatedEvent waiting, bool isForged, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(waiting.Json);
        var secret =
            isForged ? "whsec_wrong"
            : IsOfAccount(body) ? server.ConnectSecret
            : server.WebhookSecret;
        var isDelivered = true;
        for (var copy = 0; copy < waiting.Copies; copy++)
        {
            var signature = WebhookSignature.Sign(body, secret, time.GetUtcNow());
            isDelivered &= await post(body, signature, ct) is >= 200 and < 300;
        }

        await database.WriteAsync(connection => Note(connection, waiting, isDelivered));
    }

    private static bool IsOfAccount(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.Text("account") is not null;
    }

    private bool Note(DbConnection connection, SimulatedEvent waiting, bool isDelivered)
    {
        var attempts = waiting.Attempts + 1;
        var state =
            isDelivered ? "delivered"
            : attempts >= AttemptsMax ? "lost"
            : "waiting";
        return connection.Execute(
                """
                UPDATE simulated_event SET state = @state, attempts = @attempts, due_at = @due
                WHERE id = @id
                """,
                ("state", state),
                ("attempts", attempts),
                ("due", time.In(Clockwork.Backoff(s_retryFirst, attempts))),
                ("id", waiting.Id)
            ) == 1;
    }

    private async Task<bool> HasDueAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.QueryOne(
                """
                SELECT COUNT(*) FROM simulated_event WHERE state = 'waiting' AND due_at <= @now
                """,
                row => row.GetInt64(0),
                ("now", time.Now())
            ) > 0;
    }
}

/// <summary>An event that waits to be delivered.</summary>
internal sealed record SimulatedEvent(string Id, string Json, long Copies, long Attempts);

/// <summary>Runs the deliveries while the host runs.</summary>
internal sealed partial class SimulatedWorker(
    SimulatedDelivery delivery,
    PaymentsOptions options,
    TimeProvider time,
    ILogger<SimulatedWorker> log
) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(200);
    private const int RefundsEvery = 25;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Provider is not PaymentProvider.Simulated)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            for (var tick = 0L; await timer.WaitForNextTickAsync(stoppingToken); tick++)
            {
                await RunAsync(tick, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what waits is stored and goes out after the next start.
        }
    }

    private async Task RunAsync(long tick, CancellationToken ct)
    {
        try
        {
            await delivery.TickAsync(ct);
            if (tick % RefundsEvery == 0)
            {
                await delivery.SettleSlowRefundsAsync();
            }
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbException)
        {
            LogAway(log, fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Simulated payments: the store is away: {Why}")]
    private static partial void LogAway(ILogger log, string why);
}
