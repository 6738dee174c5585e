namespace Arda.Gateway.Payments.Simulated;

/// <summary>When the card's bank asks its owner.</summary>
internal enum ThreeDs
{
    Never,

    /// <summary>Until it was set up once.</summary>
    OnSetup,
    Always,

    /// <summary>Not when its owner is away.</summary>
    OnSessionOnly,
}

/// <summary>What a test card does. The numbers are those of the real provider's test
/// mode.</summary>
internal sealed record SimulatedCard(string Number, string Token, string Words)
{
    public string Brand { get; init; } = "visa";
    public string? Code { get; init; }
    public string? DeclineCode { get; init; }
    public ThreeDs ThreeDs { get; init; }

    /// <summary>Can be saved; each later charge declines.</summary>
    public bool DeclinesLater { get; init; }

    /// <summary>"dispute" or "inquiry" follows the payment.</summary>
    public string? Dispute { get; init; }

    /// <summary>Refunds are pending and then end so.</summary>
    public string? Refund { get; init; }
    public bool IsAvailableAtOnce { get; init; }

    /// <summary>A method that pays days later.</summary>
    public bool IsDelayed { get; init; }

    public string Last4 => Number[^4..];
}

internal static class SimulatedCards
{
    public static readonly IReadOnlyList<SimulatedCard> All =
    [
        new("4242424242424242", "pm_card_visa", "Succeeds"),
        Declined("4000000000000002", "pm_card_chargeDeclined", "generic_decline"),
        Declined(
            "4000000000009995",
            "pm_card_chargeDeclinedInsufficientFunds",
            "insufficient_funds"
        ),
        Declined("4000000000009987", "pm_card_chargeDeclinedLostCard", "lost_card"),
        Declined("4000000000009979", "pm_card_chargeDeclinedStolenCard", "stolen_card"),
        new("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "Declined: expired card")
        {
            Code = "expired_card",
        },
        new("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "Declined: incorrect CVC")
        {
            Code = "incorrect_cvc",
        },
        new(
            "4000000000000119",
            "pm_card_chargeDeclinedProcessingError",
            "Declined: processing error"
        )
        {
            Code = "processing_error",
        },
        new("4000000000000341", "pm_card_chargeCustomerFail", "Can be saved, declines later")
        {
            DeclinesLater = true,
        },
        new(
            "4000002500003155",
            "pm_card_authenticationRequiredOnSetup",
            "3-D Secure until it is saved"
        )
        {
            ThreeDs = ThreeDs.OnSetup,
        },
        new("4000002760003184", "pm_card_authenticationRequired", "3-D Secure always")
        {
            ThreeDs = ThreeDs.Always,
        },
        new(
            "4000003800000446",
            "pm_card_authenticationRequiredSetupForOffSession",
            "3-D Secure while you are there"
        )
        {
            ThreeDs = ThreeDs.OnSessionOnly,
        },
        new(
            "4000008260003178",
            "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
            "3-D Secure, then insufficient funds"
        )
        {
            ThreeDs = ThreeDs.Always,
            Code = "card_declined",
            DeclineCode = "insufficient_funds",
        },
        new("4000000000000259", "pm_card_createDispute", "Paid, then disputed")
        {
            Dispute = "dispute",
        },
        new("4000000000001976", "pm_card_createDisputeInquiry", "Paid, then an inquiry")
        {
            Dispute = "inquiry",
        },
        new("4000000000007726", "pm_card_pendingRefund", "Refunds take a while")
        {
            Refund = "succeeded",
        },
        new("4000000000005126", "pm_card_refundFail", "Refunds fail") { Refund = "failed" },
        new("4000000000000077", "pm_card_bypassPending", "Available at once")
        {
            IsAvailableAtOnce = true,
        },
        new("0000000000000001", "pm_simulated_delayed", "A bank debit that pays days later")
        {
            IsDelayed = true,
        },
    ];

    /// <summary>By number, however it is spaced, or by token.</summary>
    public static SimulatedCard? Find(string? text)
    {
        var plain = (text ?? "")
            .Replace(" ", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal);
        return All.FirstOrDefault(card => card.Number == plain || card.Token == plain);
    }

    private static SimulatedCard Declined(string number, string token, string code) =>
        new(number, token, "Declined: " + code.Replace('_', ' '))
        {
            Code = "card_declined",
            DeclineCode = code,
        };
}
