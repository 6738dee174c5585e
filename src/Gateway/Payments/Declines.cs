using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Payments;

internal enum DeclineClass
{
    /// <summary>May pass by itself.</summary>
    Soft,

    /// <summary>The bank asks for the card's owner.</summary>
    NeedsAction,

    /// <summary>Never to be tried again with this card.</summary>
    Hard,

    /// <summary>The card itself must be replaced or corrected.</summary>
    NewCard,
}

/// <summary>What a decline means for the next attempt. Networks fine repeated attempts, so there
/// are
/// three at most.</summary>
/// <param name="Class">What to do.</param>
/// <param name="FirstWait">Before the second attempt.</param>
/// <param name="Words">For the user; neutral where the bank suspects fraud or theft.</param>
internal sealed record Decline(DeclineClass Class, TimeSpan FirstWait, string Words);

internal static class Declines
{
    public const int AttemptsMax = 3;

    public static readonly TimeSpan LastWait = TimeSpan.FromHours(24);

    private const string NeutralWords = "The card was declined. Use another card.";
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private static readonly HashSet<string> s_hard = new(StringComparer.Ordinal)
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "restricted_card",
        "fraudulent",
        "do_not_try_again",
        "invalid_account",
        "card_not_supported",
    };

    private static readonly HashSet<string> s_newCard = new(StringComparer.Ordinal)
    {
        "expired_card",
        "incorrect_cvc",
        "invalid_cvc",
        "incorrect_number",
        "payment_method_customer_decline",
    };

    public static Decline Classify(StripeError? error)
    {
        var code = error?.DeclineCode ?? error?.Code ?? "";
        if (error?.Code == "authentication_required" || code == "authentication_required")
        {
            return new(
                DeclineClass.NeedsAction,
                default,
                "The bank asks you to confirm a payment."
            );
        }

        // The network's own advice wins over what we make of its code.
        return error?.AdviceCode switch
        {
            "do_not_try_again" => new(DeclineClass.Hard, default, NeutralWords),
            "confirm_card_data" => Replace(error),
            "try_again_later" => Soft(code),
            _ when s_hard.Contains(code) => new(DeclineClass.Hard, default, NeutralWords),
            _ when s_newCard.Contains(code) || s_newCard.Contains(error?.Code ?? "") => Replace(
                error
            ),
            _ => Soft(code),
        };
    }

    private static Decline Soft(string code) =>
        code == "insufficient_funds"
            ? new(DeclineClass.Soft, LastWait, "The card has too little money on it.")
            : new(DeclineClass.Soft, s_hour, "The card was declined.");

    private static Decline Replace(StripeError? error) =>
        new(
            DeclineClass.NewCard,
            default,
            error?.Code == "expired_card"
                ? "The card has expired. Add a new one."
                : "The card's details are not accepted any more. Add it again or use another one."
        );
}
