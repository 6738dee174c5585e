using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Http;

/// <summary>One of each denial; a test says that none is missing.</summary>
public static class DenialSamples
{
    private static readonly NanoUsd s_balance = NanoUsd.FromCents(3);
    private static readonly NanoUsd s_required = NanoUsd.FromCents(12);
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(2200);

    public static readonly IReadOnlyList<Denial> All =
    [
        new Denial.InvalidRequest("'messages' must be an array.", "messages"),
        new Denial.InvalidReturnUrl("A key that belongs to no app has no page to return to."),
        new Denial.UnsupportedParameter("logit_bias", "This model has no 'logit_bias'."),
        new Denial.ModelNotFound("gpt-nope"),
        new Denial.NoEligibleModel("vision"),
        new Denial.ProviderRejected(400, "'top_k' is not known.", null, null, "top_k"),
        new Denial.RequestTooLarge(1024),
        new Denial.UnsupportedMediaType("A body of the type 'text/plain'"),
        new Denial.NotFound("receipt"),
        new Denial.MethodNotAllowed("POST"),
        new Denial.IdempotencyInFlight(),
        new Denial.IdempotencyMismatch(),
        new Denial.PayoutsIncomplete("The owner has not finished the form for payouts."),
        new Denial.InvalidKey("No key was sent."),
        new Denial.KeyRevoked(),
        new Denial.KeyExpired(),
        new Denial.InsufficientScope(["balance:read", "usage:read"]),
        new Denial.ConsentRequired(),
        new Denial.AppSuspended(),
        new Denial.SignInRequired("Sign in first; this address is for people."),
        new Denial.Forbidden("Send the form token of this session, from the same site."),
        new Denial.InsufficientBalance(s_balance, s_required, 321),
        new Denial.PaymentMethodRequired(s_balance, s_required),
        new Denial.PaymentFailed(s_balance, s_required),
        new Denial.PaymentActionRequired(s_balance, s_required),
        new Denial.AutoReloadCapReached(s_balance, s_required),
        new Denial.ProjectFrozen(),
        new Denial.ConnectionPaused(),
        new Denial.ConnectionLimitReached(
            NanoUsd.FromCents(500),
            NanoUsd.FromCents(499),
            s_required
        ),
        new Denial.KeyLimitReached(NanoUsd.FromCents(500), NanoUsd.FromCents(499), s_required),
        new Denial.RateLimited(s_wait, 60),
        new Denial.BalanceOnHold(s_balance, s_required, s_wait),
        new Denial.TopupInProgress(s_wait),
        new Denial.LedgerUnavailable(s_wait),
        new Denial.PaymentsUnavailable(s_wait),
        new Denial.ProviderUnavailable("gpt-5", s_wait),
        new Denial.Overloaded(s_wait),
        new Denial.Internal(),
    ];
}
