using System.Data.Common;
using Arda.Gateway.Payments.Connect;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// The room's own time: once a second it works off events, begins and makes reloads, looks for what
/// nobody told, and hands out mails. Every node runs one; leases keep two from doing the same.
/// Nothing here is in the path of a request.
/// </summary>
internal sealed partial class PaymentWorker(
    PaymentsOptions options,
    EventWorker events,
    ReloadStarts starts,
    ReloadCharges charges,
    Topups topups,
    CardSetups setups,
    ReplacedCards replaced,
    SentRefunds refunds,
    PaymentSweeps sweeps,
    Payees payees,
    PayoutBatches batches,
    PayoutSends sends,
    PayoutReversals reversals,
    PaymentMails mails,
    TimeProvider time,
    ILogger<PaymentWorker> log
) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    public async Task TickAsync(CancellationToken ct)
    {
        await StepAsync("events", events.RunDueAsync, ct);
        await StepAsync("reload starts", starts.RunAsync, ct);
        await StepAsync("reload charges", charges.RunDueAsync, ct);
        await StepAsync("top-ups", topups.SweepAsync, ct);
        await StepAsync("card pages", setups.SweepAsync, ct);
        await StepAsync("replaced cards", replaced.DetachDueAsync, ct);
        await StepAsync("refunds", refunds.SweepAsync, ct);
        await StepAsync("sweeps", sweeps.RunAsync, ct);
        await StepAsync("payees", payees.SweepAsync, ct);
        await StepAsync("payout batches", batches.RunAsync, ct);
        await StepAsync("payouts", sends.RunDueAsync, ct);
        await StepAsync("payout reversals", reversals.RunDueAsync, ct);
        await StepAsync("mails", mails.SendDueAsync, ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.IsOn)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TickAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; rows and keys are stored, so the next start goes on from here.
        }
    }

    private async Task StepAsync(
        string what,
        Func<CancellationToken, Task> step,
        CancellationToken ct
    )
    {
        try
        {
            await step(ct);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or DbException)
        {
            LogStoreAway(log, what, fault.Message);
        }
#pragma warning disable CA1031 // A broken promise in one step must not stop the others.
        catch (Exception fault) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(log, fault, what);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Payments, {What}: the store is away: {Why}")]
    private static partial void LogStoreAway(ILogger log, string what, string why);

    [LoggerMessage(2, LogLevel.Error, "Payments, {What} failed; it goes on with the next second.")]
    private static partial void LogFailed(ILogger log, Exception fault, string what);
}
