namespace Arda.Gateway.Sdk;

/// <summary>
/// How a refused call waits for its user. The portal is opened for what the refusal asks for, and the
/// same request is sent again once the user has put it right; what passes by itself is waited for.
/// </summary>
public sealed record GatewayPauseOptions
{
    /// <summary>Shows the user the link: opens a browser, pushes it to a page, prints it. It may
    /// return at once; what the user does there is heard of by itself.</summary>
    public required Func<GatewayPortalSession, CancellationToken, Task> ShowPortal { get; init; }

    /// <summary>How long to wait altogether, from the first refusal on. The request's own running
    /// time does not count.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Where the portal sends the user back to.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>The amounts that can be bought, in US cents; those that the refusal names when
    /// absent.</summary>
    public IReadOnlyList<long>? TopupAmountsCents { get; init; }

    internal GatewayRecoveryOptions Recovery =>
        new() { ReturnUrl = ReturnUrl, TopupAmountsCents = TopupAmountsCents };
}

/// <summary>
/// The wait for the user came to nothing; the refusal itself is the inner exception.
/// <see cref="GatewayException.Code"/> is <c>portal_cancelled</c> (the user went back),
/// <c>portal_failed</c> (a payment did not succeed), <c>portal_expired</c> (the link was not followed
/// in time) or <c>pause_timed_out</c> (<see cref="GatewayPauseOptions.TimeLimit"/>).
/// </summary>
public sealed class GatewayPauseException : GatewayException
{
    internal GatewayPauseException(string code, string message, Exception refusal)
        : base(code, message, refusal)
    {
        var inner = refusal as GatewayException;
        (Status, RequestId) = (inner?.Status, inner?.RequestId);
    }
}
