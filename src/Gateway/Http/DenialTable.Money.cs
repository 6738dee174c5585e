using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Http;

// The rows about money, and the sentences that name amounts.
public sealed partial class DenialTable
{
    private Row? OfMoney(Denial denial, bool balanceVisible) =>
        denial switch
        {
            Denial.InsufficientBalance low => Payment(
                "insufficient_balance",
                low.AffordableMaxTokens is { } tokens
                    ? $"Top up, or ask for at most {tokens} output tokens."
                    : "Top up to continue.",
                PortalPurposes.Topup,
                new Shortage(low.Balance, low.Required, balanceVisible),
                low.AffordableMaxTokens
            ),
            Denial.PaymentMethodRequired low => Payment(
                "payment_method_required",
                "No payment method is saved; add one in the billing portal.",
                PortalPurposes.PaymentMethod,
                new Shortage(low.Balance, low.Required, balanceVisible)
            ),
            Denial.PaymentFailed low => Payment(
                "payment_failed",
                "The last automatic payment was declined; choose another payment method in the "
                    + "billing portal.",
                PortalPurposes.PaymentMethod,
                new Shortage(low.Balance, low.Required, balanceVisible)
            ),
            Denial.PaymentActionRequired low => Payment(
                "payment_action_required",
                "The bank wants the payment confirmed; confirm it in the billing portal.",
                PortalPurposes.PaymentAction,
                new Shortage(low.Balance, low.Required, balanceVisible)
            ),
            Denial.AutoReloadCapReached low => Payment(
                "auto_reload_cap_reached",
                "Auto-reload has reached its monthly limit; raise the limit or top up in the "
                    + "billing portal.",
                PortalPurposes.AutoReload,
                new Shortage(low.Balance, low.Required, balanceVisible)
            ),
            Denial.ProjectFrozen => Blocked(
                "project_frozen",
                "This project is frozen because of a payment dispute or a debt; the billing "
                    + "portal says what is owed and how to settle it.",
                PortalPurposes.Overview
            ),
            Denial.ConnectionPaused => Blocked(
                "connection_paused",
                "The user has paused this app; resume it in the billing portal.",
                PortalPurposes.Limits
            ),
            Denial.ConnectionLimitReached limit => Limit(
                "connection_limit_reached",
                "this app",
                limit.Limit,
                limit.Used,
                limit.Required
            ),
            Denial.KeyLimitReached limit => Limit(
                "key_limit_reached",
                "this key",
                limit.Limit,
                limit.Used,
                limit.Required
            ),
            _ => null,
        };

    private Row Payment(
        string code,
        string wayOut,
        string purpose,
        Shortage shortage,
        long? affordableMaxTokens = null
    ) =>
        new(402, code, $"{shortage.Sentence} {wayOut}")
        {
            OpenAiType = "billing_error",
            AnthropicType = "billing_error",
            Gateway = shortage.Member("open_portal") with
            {
                Purpose = purpose,
                SuggestedTopupCents = TopupSuggestions.Covering(
                    shortage.ToCoverCents,
                    _topupAmountsCents
                ),
                TopupAmountsCents = _topupAmountsCents,
                AffordableMaxTokens = affordableMaxTokens,
            },
        };

    private static Row Blocked(string code, string message, string purpose) =>
        new(402, code, message)
        {
            OpenAiType = "billing_error",
            AnthropicType = "billing_error",
            Gateway = new GatewayMember { Action = "open_portal", Purpose = purpose },
        };

    private static Row Limit(
        string code,
        string whose,
        NanoUsd limit,
        NanoUsd used,
        NanoUsd required
    ) =>
        new(
            402,
            code,
            $"The monthly limit of {whose} is {Amount(limit.CentsFloor)}, of which "
                + $"{Amount(used.CentsCeiling)} is used or held; this request needs up to "
                + $"{Amount(required.CentsCeiling)}. Raise the limit in the billing portal."
        )
        {
            OpenAiType = "billing_error",
            AnthropicType = "billing_error",
            Gateway = new GatewayMember
            {
                Action = "open_portal",
                Purpose = PortalPurposes.Limits,
                RequiredCents = required.CentsCeiling,
            },
        };

    private static string Amount(long cents) =>
        cents switch
        {
            1 => "1 cent",
            > -100 and < 100 => $"{cents} cents",
            _ => (cents / 100m).ToString(
                cents < 0 ? "-$0.00;-$0.00" : "$0.00",
                CultureInfo.InvariantCulture
            ),
        };

    /// <summary>What is there and what is needed, said only as far as the caller may know.</summary>
    private readonly record struct Shortage(NanoUsd Balance, NanoUsd Required, bool Visible)
    {
        private long ShortfallCents => Math.Max(1, Required.CentsCeiling - Balance.CentsFloor);

        /// <summary>A hidden balance must not show through the suggested amount either.</summary>
        public long ToCoverCents => Visible ? ShortfallCents : Required.CentsCeiling;

        public string Sentence =>
            Visible
                ? $"The project balance is {Amount(Balance.CentsFloor)}; this request needs up "
                    + $"to {Amount(Required.CentsCeiling)}."
                : "The project balance does not cover this request, which needs up to "
                    + $"{Amount(Required.CentsCeiling)}.";

        public GatewayMember Member(string action) =>
            new()
            {
                Action = action,
                BalanceCents = Visible ? Balance.CentsFloor : null,
                RequiredCents = Required.CentsCeiling,
                ShortfallCents = Visible ? ShortfallCents : null,
            };
    }
}
