using System.Runtime.ExceptionServices;

namespace Arda.Gateway.Sdk;

/// <summary>
/// One request that is sent until it is answered: what passes by itself is waited for as the
/// gateway says, and what only the user can end is brought to the user.
/// </summary>
internal sealed class PatientRequest(
    ArdaGatewayClient gateway,
    int retriesMax,
    GatewayUserWaitOptions? user,
    TimeProvider time
) : IDisposable
{
    // A user who has been there this often will not put it right the next time either.
    private const int PortalVisitsMax = 5;

    // What is to be waited for longer than this is told to the app.
    private static readonly TimeSpan s_retryAfterMax = TimeSpan.FromSeconds(60);

    // The first of a doubling row, where a refusal does not say how long it takes.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    // Begins to run with the first visit, and runs for all of them together.
    private CancellationTokenSource? _userLimit;
    private int _retries;
    private int _visits;

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                // Not under the user's time limit: the answer may take its own time.
                return await request(ct).ConfigureAwait(false);
            }
            catch (Exception refusal) when (!ct.IsCancellationRequested)
            {
                await RecoverAsync(refusal, ct).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _userLimit?.Dispose();

    private async Task RecoverAsync(Exception refusal, CancellationToken ct)
    {
        var recovery = GatewayRecovery.OfError(refusal, user?.Recovery);
        try
        {
            if (PauseBeforeRetry(recovery, refusal) is { } pause)
            {
                _retries++;
                await WithinLimitAsync(stop => Task.Delay(pause, time, stop), ct)
                    .ConfigureAwait(false);
            }
            else if (
                recovery is RecoveryInstruction.OpenPortal open
                && user is not null
                && _visits < PortalVisitsMax
            )
            {
                _visits++;
                _userLimit ??= new CancellationTokenSource(user.Timeout, time);
                await WithinLimitAsync(stop => VisitPortalAsync(refusal, open, stop), ct)
                    .ConfigureAwait(false);
            }
            else
            {
                ExceptionDispatchInfo.Throw(refusal);
            }
        }
        catch (OperationCanceledException)
            when (!ct.IsCancellationRequested && _userLimit is { IsCancellationRequested: true })
        {
            throw new GatewayUserWaitException(
                "wait_timed_out",
                "The user did not act in time.",
                refusal
            );
        }
    }

    private async Task WithinLimitAsync(Func<CancellationToken, Task> act, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            ct,
            _userLimit?.Token ?? CancellationToken.None
        );
        await act(either.Token).ConfigureAwait(false);
    }

    /// <summary>Null when trying again is no use, or unsafe: a lost answer may have been paid
    /// for.</summary>
    private TimeSpan? PauseBeforeRetry(RecoveryInstruction recovery, Exception refusal)
    {
        if (
            recovery is not RecoveryInstruction.Wait wait
            || refusal is GatewayConnectionException
            // Once the user was asked, their time limit is the limit.
            || (_retries >= retriesMax && _userLimit is null)
        )
        {
            return null;
        }

        var pause = wait.RetryAfter ?? s_pause * (1 << Math.Min(_retries, 6));
        return pause <= s_retryAfterMax ? pause : null;
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
        using var visit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // Beside the wait: a callback that shows a dialog may end long after the payment.
        var shown = user!.OpenPortal(session, visit.Token);
        var ended = gateway.WaitForPortalSessionAsync(session.Id, visit.Token);
        try
        {
            if (await Task.WhenAny(shown, ended).ConfigureAwait(false) == shown)
            {
                await shown.ConfigureAwait(false);
            }

            var state = await ended.ConfigureAwait(false);
            if (!state.ShouldRetry)
            {
                throw FailureOf(state, refusal);
            }
        }
        finally
        {
            await visit.CancelAsync().ConfigureAwait(false);
        }
    }

    private static GatewayUserWaitException FailureOf(
        GatewayPortalState state,
        Exception refusal
    ) =>
        state.Status switch
        {
            "failed" => new("payment_failed", "The payment was refused.", refusal),
            "expired" => new(
                "portal_session_expired",
                "The billing portal was not used in time; open it again.",
                refusal
            ),
            _ => new(
                "payment_cancelled",
                "The user left the billing portal without doing what was needed.",
                refusal
            ),
        };
}
