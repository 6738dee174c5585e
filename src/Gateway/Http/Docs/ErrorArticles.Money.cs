using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http.Docs;

// The codes about money, and those that pass by themselves.
internal static partial class ErrorArticles
{
    private static ErrorArticle[] OfMoney() =>
        [
            new(
                new Denial.InsufficientBalance(s_balance, s_required, AffordableMaxTokens: 321),
                "The most this request can cost is more than the project's balance. It is checked "
                    + "before anything runs, so nothing was charged. A request without max_tokens "
                    + "is only refused when not even a small answer fits.",
                "Open the billing portal so that the user can top up; 'suggested_topup_cents' is "
                    + "the smallest amount that is enough.",
                "Ask for no more output than 'affordable_max_tokens'."
            ),
            new(
                new Denial.PaymentMethodRequired(s_balance, s_required),
                "The balance is too low and auto-reload cannot help, because no card is saved.",
                "Open the billing portal; the user saves a payment method or tops up once."
            ),
            new(
                new Denial.PaymentFailed(s_balance, s_required),
                "The balance is too low and the last automatic payment was declined. Auto-reload "
                    + "pauses after its attempts, so that a card is not charged again and again.",
                "Open the billing portal; the user picks another card or pays by hand."
            ),
            new(
                new Denial.PaymentActionRequired(s_balance, s_required),
                "The bank wants the user to confirm a payment (3-D Secure) before it counts.",
                "Open the billing portal; the page shows the bank's question."
            ),
            new(
                new Denial.AutoReloadCapReached(s_balance, s_required),
                "Auto-reload works, but it has charged as much this month as the user allowed.",
                "Open the billing portal; the user raises the monthly limit or tops up by hand."
            ),
            new(
                new Denial.ProjectFrozen(),
                "A payment of this project was disputed at the bank, or a dispute left a debt. "
                    + "Spending stops until that is settled.",
                "Open the billing portal: it says what is owed and how to settle it."
            ),
            new(
                new Denial.ConnectionPaused(),
                "The user paused this app in their console. Other apps go on working.",
                "Tell the user, and open the billing portal where they can resume it."
            ),
            new(
                new Denial.ConnectionLimitReached(
                    NanoUsd.FromCents(500),
                    NanoUsd.FromCents(499),
                    s_required
                ),
                "At consent the user set how much this app may spend per calendar month (UTC), and "
                    + "this request could exceed it. Requests that are running count in full until "
                    + "they end.",
                "Open the billing portal with its limits page; the user raises the limit.",
                "Ask for less output, or wait for the first of the month."
            ),
            new(
                new Denial.KeyLimitReached(
                    NanoUsd.FromCents(500),
                    NanoUsd.FromCents(499),
                    s_required
                ),
                "The key has a monthly limit of its own (UTC), and this request could exceed it.",
                "Raise or remove the key's limit in the console.",
                "Ask for less output, or wait for the first of the month."
            ),
            new(
                new Denial.PayoutsIncomplete("The owner has not finished the form for payouts."),
                "An app is approved once money can reach its owner. The account was read at the "
                    + "payment provider at this moment, and it cannot be paid yet.",
                "Owners: POST /developers/payouts/onboarding-links leads back into the form.",
                "Operators: approve again when GET /developers/payouts says 'complete', or let apps "
                    + "without a markup pass with Developers:PayoutsBeforeApproval."
            ),
        ];

    private static ErrorArticle[] OfTheMoment() =>
        [
            new(
                new Denial.RateLimited(s_wait, RequestsPerMinute: 60),
                "The key sent more requests in this minute than it may. X-RateLimit-Limit and "
                    + "X-RateLimit-Remaining say so on every answer.",
                "Wait as Retry-After says; the official clients do it by themselves.",
                "Spread requests, or ask the operator for a higher limit."
            ),
            new(
                new Denial.BalanceOnHold(s_balance, s_required, s_wait),
                "There is enough money, but requests of the same project that are still running "
                    + "have set it aside. Each gives back what it did not use when it ends.",
                "Wait as Retry-After says and try again.",
                "Send fewer requests at once, or set max_tokens so that each holds less.",
                "Top up if that happens often."
            ),
            new(
                new Denial.TopupInProgress(s_wait),
                "The balance is too low and a payment for this project is on its way.",
                "Wait as Retry-After says; the payment usually arrives within seconds."
            ),
            new(
                new Denial.LedgerUnavailable(s_wait),
                "The store that keeps balances does not answer. Nothing is spent without it, so "
                    + "requests are refused rather than given away or charged twice.",
                "Wait as Retry-After says.",
                "Operators: /readyz and the metrics arda_ledger_* say more."
            ),
            new(
                new Denial.PaymentsUnavailable(s_wait),
                "The payment service does not answer, so no portal or payment can be opened now. "
                    + "Balances are not touched and requests go on as long as there is balance.",
                "Wait as Retry-After says and try again."
            ),
            new(
                new Denial.ProviderUnavailable("gpt-5", s_wait),
                "Every provider that sells this model failed, timed out or is resting after faults. "
                    + "What they may have answered in part is not charged.",
                "Wait as Retry-After says, or choose another model.",
                "With arda/auto another model answers by itself, as long as nothing was sent yet."
            ),
            new(
                new Denial.Overloaded(s_wait),
                "This server is full or shutting down for an update. In the Anthropic dialect the "
                    + "status is 529, which those clients know as overload.",
                "Wait as Retry-After says; another node or the restarted one answers."
            ),
            new(
                new Denial.Internal(),
                "Something went wrong inside the gateway. It is not retried by itself, because a "
                    + "provider may have been paid already.",
                "Give the operator the request id: x-request-id names the line in the log.",
                "Retry with the same Idempotency-Key: a request that was charged is not charged "
                    + "twice."
            ),
        ];
}
