using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>The amounts that can be bought, and which of them is chosen already.</summary>
public sealed record AmountChoice
{
    public required IReadOnlyList<long> Cents { get; init; }

    public required long Chosen { get; init; }

    /// <summary>Names this payment before it is made, so that a form sent twice pays once.</summary>
    public required string Topup { get; init; }

    public required string Currency { get; init; }

    /// <summary>Nobody takes money here.</summary>
    public bool IsOff { get; init; }

    public string? Error { get; init; }
}

/// <summary>Chooses beforehand what helps: the amount that the app asks for, that waits for the
/// bank's owner, or that covers what is owed.</summary>
internal sealed class AddMoneyForm(PaymentsOptions options)
{
    // What people buy who have no reason for another amount.
    private const long UsualCents = 1_000;

    public AmountChoice Of(
        PortalScope scope,
        NanoUsd debt = default,
        long? waitingCents = null,
        string? error = null
    )
    {
        var sorted = options.TopupAmountsCents.Order().ToList();
        var wanted = Math.Max(
            scope.Errand?.SuggestedTopupCents ?? waitingCents ?? UsualCents,
            debt.CentsCeiling
        );
        var covering = sorted.FindIndex(amount => amount >= wanted);
        return new AmountChoice
        {
            Cents = sorted,
            Chosen =
                covering >= 0 ? sorted[covering]
                : sorted.Count > 0 ? sorted[^1]
                : 0,
            Topup = Topups.NewId(),
            Currency = options.Currency,
            IsOff = !options.IsOn || sorted.Count == 0,
            Error = error,
        };
    }

    public bool IsOurs(string? currency) => currency is null || currency == options.Currency;

    public static long CentsOf(string? posted) =>
        long.TryParse(posted, NumberStyles.None, CultureInfo.InvariantCulture, out var cents)
            ? cents
            : 0;
}
