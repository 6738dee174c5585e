namespace Arda.Gateway.Kernel;

/// <summary>
/// Every way the gateway says no. Closed: <c>Http/DenialTable.cs</c> gives each case its status,
/// stable code, sentence and way out, and a test walks all of them through every dialect.
/// </summary>
public abstract record Denial
{
    private Denial() { }

    // ---- The request itself ----

    /// <summary>400. <paramref name="Param"/> is the JSON path of what is wrong, where there is one.</summary>
    public sealed record InvalidRequest(string Message, string? Param = null) : Denial;

    /// <summary>400: the portal would send a person to an address that is none of the app's.</summary>
    public sealed record InvalidReturnUrl(string Message) : Denial;

    /// <summary>400: understood, but this model or route cannot carry it.</summary>
    public sealed record UnsupportedParameter(string Param, string Message) : Denial;

    /// <summary>404. <paramref name="Hint"/> is a whole sentence with the way out: the name that was
    /// probably meant, or the successor of a retired model.</summary>
    public sealed record ModelNotFound(string Model, string? Hint = null) : Denial
    {
        private const int ShownMax = 100;

        /// <summary>As an error repeats it: a name may be as long as a request.</summary>
        public string Shown => Model.Length <= ShownMax ? Model : Model[..ShownMax] + "…";
    }

    /// <summary>400: arda/auto found no model; <paramref name="Gate"/> names the requirement that none met.</summary>
    public sealed record NoEligibleModel(string Gate) : Denial;

    /// <summary>
    /// The model's provider refused the request as wrong (4xx). The caller hears the provider's own
    /// words, because only they say what to change.
    /// </summary>
    public sealed record ProviderRejected(
        int Status,
        string Message,
        string? Type,
        string? Code,
        string? Param
    ) : Denial;

    public sealed record RequestTooLarge(long BytesMax) : Denial;

    public sealed record UnsupportedMediaType(string Found) : Denial;

    public sealed record NotFound(string What) : Denial;

    public sealed record MethodNotAllowed(string Allow) : Denial;

    /// <summary>409: still running; or, with <paramref name="Charged"/>, charged by a request whose
    /// answer was lost: its receipt is left.</summary>
    public sealed record IdempotencyInFlight(GenerationId? Charged = null) : Denial;

    public sealed record IdempotencyMismatch : Denial;

    /// <summary>409: money cannot reach the app's owner yet, so it is not approved.</summary>
    public sealed record PayoutsIncomplete(string Message) : Denial;

    // ---- The key ----

    /// <summary>401: absent, malformed or unknown.</summary>
    public sealed record InvalidKey(string Message) : Denial;

    public sealed record KeyRevoked : Denial;

    public sealed record KeyExpired : Denial;

    public sealed record InsufficientScope(IReadOnlyList<string> Missing) : Denial;

    public sealed record ConsentRequired : Denial;

    public sealed record AppSuspended : Denial;

    // ---- The person ----

    /// <summary>401: nobody is signed in, or not lately enough for what is asked.</summary>
    public sealed record SignInRequired(string Message) : Denial;

    /// <summary>403: signed in or not, this may not be asked in this way.</summary>
    public sealed record Forbidden(string Message) : Denial;

    // ---- Money only the user can put right: 402, never retried ----

    public sealed record InsufficientBalance(
        NanoUsd Balance,
        NanoUsd Required,
        long? AffordableMaxTokens = null
    ) : Denial;

    public sealed record PaymentMethodRequired(NanoUsd Balance, NanoUsd Required) : Denial;

    public sealed record PaymentFailed(NanoUsd Balance, NanoUsd Required) : Denial;

    public sealed record PaymentActionRequired(NanoUsd Balance, NanoUsd Required) : Denial;

    public sealed record AutoReloadCapReached(NanoUsd Balance, NanoUsd Required) : Denial;

    public sealed record ProjectFrozen : Denial;

    public sealed record ConnectionPaused : Denial;

    public sealed record ConnectionLimitReached(NanoUsd Limit, NanoUsd Used, NanoUsd Required)
        : Denial;

    public sealed record KeyLimitReached(NanoUsd Limit, NanoUsd Used, NanoUsd Required) : Denial;

    // ---- What passes by itself: 429 or 503 with Retry-After ----

    public sealed record RateLimited(TimeSpan RetryAfter, int RequestsPerMinute) : Denial;

    /// <summary>429: the money is there, but the user's own requests in flight hold it.</summary>
    public sealed record BalanceOnHold(NanoUsd Balance, NanoUsd Required, TimeSpan RetryAfter)
        : Denial;

    public sealed record TopupInProgress(TimeSpan RetryAfter) : Denial;

    public sealed record LedgerUnavailable(TimeSpan RetryAfter) : Denial;

    public sealed record PaymentsUnavailable(TimeSpan RetryAfter) : Denial;

    /// <summary>503: every offer of the model failed or is resting.</summary>
    public sealed record ProviderUnavailable(string Model, TimeSpan RetryAfter) : Denial;

    /// <summary>503: this node is shutting down or full.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter) : Denial;

    /// <summary>500: our own fault; the request id finds it in the log.</summary>
    public sealed record Internal : Denial;
}
