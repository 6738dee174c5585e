using System.Runtime.ExceptionServices;

namespace Arda.Gateway.Sdk;

/// <summary>One request that may wait for its user between attempts.</summary>
internal sealed class PausedRequest(
    ArdaGatewayClient gateway,
    GatewayPauseOptions options,
    TimeProvider time
)
{
    // A user who has been there this often will not put it right the next time either.
    private const int PortalVisitsMax = 3;

    // Where a refusal does not say how long it takes.
    private static readonly TimeSpan s_waitDefault = TimeSpan.FromSeconds(2);

    private int _portalVisits;

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken ct)
    {
        CancellationTokenSource? limit = null;
        try
        {
            while (true)
            {
                try
                {
                    return await request(ct).ConfigureAwait(false);
                }
                catch (Exception refusal) when (!ct.IsCancellationRequested)
                {
                    var recovery = GatewayRecovery.OfError(refusal, options.Recovery);
                    // The clock starts with the first refusal, and runs for all of them together.
                    limit ??= new CancellationTokenSource(options.TimeLimit, time);
                    await RecoverAsync(refusal, recovery, limit.Token, ct).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            limit?.Dispose();
        }
    }

    private async Task RecoverAsync(
        Exception refusal,
        RecoveryInstruction recovery,
        CancellationToken limit,
        CancellationToken ct
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, ct);
        try
        {
            switch (recovery)
            {
                case RecoveryInstruction.Wait wait:
                    await Task.Delay(wait.RetryAfter ?? s_waitDefault, time, either.Token)
                        .ConfigureAwait(false);
                    return;
                case RecoveryInstruction.OpenPortal open when _portalVisits < PortalVisitsMax:
                    _portalVisits++;
                    await VisitPortalAsync(refusal, open, either.Token).ConfigureAwait(false);
                    return;
                default:
                    ExceptionDispatchInfo.Throw(refusal);
                    return;
            }
        }
        catch (OperationCanceledException)
            when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new GatewayPauseException(
                "pause_timed_out",
                $"It was not put right within {options.TimeLimit}.",
                refusal
            );
        }
    }

    private async Task VisitPortalAsync(
        Exception refusal,
        RecoveryInstruction.OpenPortal recovery,
        CancellationToken ct
    )
    {
        var session = await gateway
            .CreatePortalSessionAsync(recovery.PortalOptions, ct)
            .ConfigureAwait(false);
        await options.ShowPortal(session, ct).ConfigureAwait(false);
        var progress = await gateway
            .WaitForPortalSessionAsync(session.Id, ct)
            .ConfigureAwait(false);
        if (!progress.IsResolved)
        {
            throw new GatewayPauseException(
                $"portal_{progress.Status}",
                progress.Status switch
                {
                    "cancelled" => "The user left the portal without putting it right.",
                    "expired" => "The link to the portal was not followed in time.",
                    _ => "The payment did not succeed.",
                },
                refusal
            );
        }
    }
}
