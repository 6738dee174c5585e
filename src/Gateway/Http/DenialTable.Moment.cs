using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Http;

// The rows about this moment: what passes by itself, and what is our own fault.
public sealed partial class DenialTable
{
    private static Row? OfTheMoment(Denial denial, WireFormat dialect, bool balanceVisible) =>
        denial switch
        {
            Denial.RateLimited limit => TooMany(
                "rate_limited",
                "requests",
                $"This key may send {limit.RequestsPerMinute} requests per minute; wait "
                    + $"{Seconds(limit.RetryAfter)} before the next one.",
                new GatewayMember { Action = "wait" },
                limit.RetryAfter
            ),
            Denial.BalanceOnHold held => TooMany(
                "balance_on_hold",
                "billing_error",
                "Requests that are still running hold the balance that this one needs; wait until "
                    + "one of them ends.",
                new Shortage(held.Balance, held.Required, balanceVisible).Member("wait"),
                held.RetryAfter
            ),
            Denial.TopupInProgress topup => Unavailable(
                "topup_in_progress",
                "A top-up of this project is being paid right now; ask again in a moment.",
                topup.RetryAfter
            ),
            Denial.LedgerUnavailable ledger => Unavailable(
                "ledger_unavailable",
                "The ledger cannot be reached, and nothing is spent without it; ask again in a "
                    + "moment.",
                ledger.RetryAfter
            ),
            Denial.PaymentsUnavailable payments => Unavailable(
                "payments_unavailable",
                "The payment service does not answer; ask again in a moment.",
                payments.RetryAfter
            ),
            Denial.ProviderUnavailable provider => Unavailable(
                "provider_unavailable",
                $"No provider of '{provider.Model}' can answer right now; ask again in a moment "
                    + "or choose another model.",
                provider.RetryAfter
            ),
            Denial.Overloaded full => Full(full.RetryAfter, dialect),
            Denial.Internal => OurFault,
            _ => null,
        };

    private static Row TooMany(
        string code,
        string openAiType,
        string message,
        GatewayMember member,
        TimeSpan retryAfter
    ) =>
        new(429, code, message)
        {
            OpenAiType = openAiType,
            AnthropicType = "rate_limit_error",
            Gateway = member,
            RetryAfter = retryAfter,
            ShouldRetry = true,
        };

    private static Row Unavailable(string code, string message, TimeSpan retryAfter) =>
        new(503, code, message)
        {
            OpenAiType = "server_error",
            AnthropicType = "api_error",
            Gateway = new GatewayMember { Action = "wait" },
            RetryAfter = retryAfter,
            ShouldRetry = true,
        };

    // The Anthropic clients know overload by its own status.
    private static Row Full(TimeSpan retryAfter, WireFormat dialect) =>
        Unavailable(
            "overloaded",
            "This server is full or shutting down; ask again in a moment.",
            retryAfter
        ) with
        {
            Status = dialect is WireFormat.AnthropicMessages ? 529 : 503,
            AnthropicType = "overloaded_error",
        };

    // Not retried by itself: the fault may have come after a provider was paid.
    private static Row OurFault =>
        new(
            500,
            "internal_error",
            "Something went wrong here; the request id tells the operator where to look."
        )
        {
            OpenAiType = "server_error",
            AnthropicType = "api_error",
        };

    private static string Seconds(TimeSpan wait) =>
        SecondsCeiling(Bounded(wait)) is var seconds and not 1 ? $"{seconds} seconds" : "a second";
}
