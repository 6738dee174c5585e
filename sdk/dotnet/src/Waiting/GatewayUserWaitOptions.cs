namespace Arda.Gateway.Sdk;

/// <summary>
/// How a refused call waits for its user: the portal is opened for what the refusal asks for, and
/// the same request is sent again once the user has put it right.
/// </summary>
public sealed record GatewayUserWaitOptions
{
    /// <summary>Shows the user the link: opens a browser, pushes it to a page, prints it. The
    /// user's progress is heard of by itself, so it may return at once; what it throws ends the
    /// call.</summary>
    public required Func<GatewayPortalSession, CancellationToken, Task> OpenPortal { get; init; }

    /// <summary>How long the user may take, from the first refusal on. The request's own running
    /// time does not count.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Where the portal sends the user back to.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>The amounts that can be bought, in US cents; those that the refusal names when
    /// absent.</summary>
    public IReadOnlyList<long>? TopupAmountsCents { get; init; }

    /// <summary>The app's own suggestion in US cents, used as long as it covers what is
    /// missing.</summary>
    public long? SuggestedTopupCents { get; init; }

    /// <summary>Whether the portal is to offer auto-reload; the user decides.</summary>
    public bool? SuggestedAutoReloadEnabled { get; init; }

    internal GatewayRecoveryOptions Recovery =>
        new()
        {
            ReturnUrl = ReturnUrl,
            TopupAmountsCents = TopupAmountsCents,
            SuggestedTopupCents = SuggestedTopupCents,
            SuggestedAutoReloadEnabled = SuggestedAutoReloadEnabled,
        };
}

/// <summary>What one attempt of a resumable request goes out with.</summary>
/// <param name="IdempotencyKey">The same for all attempts, so that the request is answered, and
/// paid, once. Send it as the header <c>Idempotency-Key</c>.</param>
/// <param name="CancellationToken">Ends the attempt.</param>
public readonly record struct GatewayAttempt(
    string IdempotencyKey,
    CancellationToken CancellationToken
);

/// <summary>
/// The wait for the user came to nothing; the refusal itself is the inner exception.
/// <see cref="GatewayException.Code"/> is <c>payment_cancelled</c> (the user left the portal),
/// <c>payment_failed</c>, <c>portal_session_expired</c> (the link was not followed in time) or
/// <c>wait_timed_out</c> (<see cref="GatewayUserWaitOptions.Timeout"/>).
/// </summary>
public sealed class GatewayUserWaitException : GatewayException
{
    internal GatewayUserWaitException(string code, string message, Exception refusal)
        : base(code, message, refusal)
    {
        var inner = refusal as GatewayException;
        (Status, RequestId) = (inner?.Status, inner?.RequestId);
    }
}
