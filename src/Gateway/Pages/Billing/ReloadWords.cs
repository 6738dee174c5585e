using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>Auto-reload in plain words.</summary>
public static class ReloadWords
{
    /// <summary>What the owner agrees to, word for word; the figures are in the fields above it and
    /// are stored beside it.</summary>
    public static string Consent(string project, SavedCard card) =>
        $"I allow this gateway to charge my {CardWords.Of(card)} the amount above, by itself, "
        + $"whenever the balance of {project} falls below the threshold above, but never more than "
        + "the monthly cap above in a calendar month (UTC), until I turn this off here.";

    public static string Off(string? reason) =>
        reason switch
        {
            null or ReloadOffReasons.ByUser => "You turned it off.",
            ReloadOffReasons.CardRemoved => "The saved card was removed.",
            ReloadOffReasons.CardExpired => "The saved card has expired.",
            ReloadOffReasons.CardDeclined => "The card was declined three times.",
            ReloadOffReasons.CardRefused => "The bank refused the card for good. Use another card.",
            ReloadOffReasons.NewCardNeeded =>
                "The card's details are not accepted any more. Save it again, or another one.",
            ReloadOffReasons.CustomerDeleted => "The saved card is not there any more.",
            ReloadOffReasons.Disputed => "A payment was disputed.",
            ReloadOffReasons.ProviderRefused => "The payment provider refused the charge.",
            ReloadOffReasons.Quarantined =>
                "A payment came back with another amount than was asked; somebody has to look at it.",
            _ => "It was turned off.",
        };

    public static string State(Topup topup) =>
        topup.State switch
        {
            TopupStates.Succeeded => "Paid",
            TopupStates.Created or TopupStates.Unknown => topup.IsAuto ? "Running" : "Not begun",
            TopupStates.Open => "Not paid yet",
            TopupStates.Processing => "On its way",
            TopupStates.Retrying => "Declined, will be tried again",
            TopupStates.NeedsAction => "Waits for you",
            TopupStates.Expired => "Not paid in time",
            TopupStates.Canceled => "Cancelled",
            TopupStates.Quarantined => "Being looked at",
            _ => "Declined",
        };

    public static string? Tone(Topup topup) =>
        topup.State switch
        {
            TopupStates.Succeeded => "good",
            TopupStates.Retrying
            or TopupStates.NeedsAction
            or TopupStates.Processing
            or TopupStates.Quarantined => "wait",
            TopupStates.Failed => "stop",
            _ => null,
        };

    /// <summary>When the card could be charged next; null where it cannot.</summary>
    public static string? NextCharge(
        AutoReload? settings,
        Topup? last,
        long chargedCents,
        WalletReading wallet,
        DateTimeOffset now
    )
    {
        if (settings is not { Enabled: true })
        {
            return null;
        }

        var amount = Dollars(settings.AmountCents);
        switch (last?.State)
        {
            case TopupStates.NeedsAction:
                return $"None before you confirm {Dollars(last.Cents)}: add money once, and it "
                    + "goes on.";
            case TopupStates.Retrying when last.NextAttemptAt is { } at:
                return $"{Dollars(last.Cents)} again on {Moment(at)}.";
            case TopupStates.Created or TopupStates.Unknown or TopupStates.Processing:
                return $"{Dollars(last.Cents)} is being charged right now.";
        }

        if (wallet.Frozen)
        {
            return "None while the project is frozen.";
        }

        if (chargedCents + settings.AmountCents > settings.MonthlyCapCents)
        {
            var next = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
            return $"{amount}, not before {Day(next.AddMonths(1))}: this month's cap is used up.";
        }

        var below = Dollars(settings.ThresholdCents);
        return wallet.Balance < NanoUsd.FromCents(settings.ThresholdCents)
            ? $"{amount} within the next minute: the balance is below {below}."
            : $"{amount}, as soon as the balance falls below {below}.";
    }

    private static string Dollars(long cents) => MoneyText.Balance(NanoUsd.FromCents(cents));

    private static string Moment(DateTimeOffset at) =>
        at.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset at) =>
        at.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);
}
