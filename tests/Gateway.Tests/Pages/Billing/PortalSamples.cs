using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Payments;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages.Billing;

/// <summary>What the portal is shown with: ordinary things, and the longest and oddest.</summary>
internal static class PortalSamples
{
    public static readonly IReadOnlyList<long> Amounts = [500, 1_000, 2_500, 5_000, 10_000];

    public static readonly PortalScope Scope = new() { Project = Personal };

    public static readonly PortalScope Sent = Scope with { Errand = Errand("Margin Notes") };

    public static readonly PortalScope LongScope = new()
    {
        Project = Long,
        HasOthers = true,
        Errand = Errand(LongName) with
        {
            Purpose = PortalPurposes.PaymentMethod,
            ReturnAddress = "myapp://back?outcome=opened",
        },
    };

    public static readonly SavedCard Card = new("pm_1", "cus_1", "visa", "4242", 4, 2031);

    public static readonly SavedCard OldCard = new("pm_2", "cus_1", "unionpay", "0005", 1, 2026);

    public static readonly AutoReload Reload = new()
    {
        Project = Personal.Id,
        Enabled = true,
        ThresholdCents = 500,
        AmountCents = 1_000,
        MonthlyCapCents = 4_000,
        Consent = ReloadWords.Consent("Personal", Card),
        ConsentedAt = Now.AddDays(-9),
        NotBefore = 0,
    };

    public static readonly ReloadWish Wish = new()
    {
        Threshold = "5.00",
        AmountCents = 1_000,
        Cap = "40.00",
    };

    public static readonly Trouble Troubled = new()
    {
        IsFrozen = true,
        Debt = NanoUsd.FromCents(1_234),
        Open = [new("dp_1", "top_1", 2_500, false, true, 2_500, false, Now.AddDays(-2))],
        Inquiries = [new("dp_2", "top_1", 500, true, true, 0, false, Now.AddDays(-1))],
    };

    public static Errand Errand(string app) =>
        new()
        {
            Id = new("ps_019a3f6c2b7d7c41a1d2c3b4e5f60718"),
            AppName = app,
            Purpose = PortalPurposes.Topup,
            ReturnAddress = "https://margin.example/back?outcome=opened",
            SuggestedTopupCents = 2_500,
        };

    public static AmountChoice Choice(string? error = null) =>
        new()
        {
            Cents = Amounts,
            Chosen = 1_000,
            Topup = "top_019a3f6c2b7d7c41a1d2c3b4e5f60718",
            Currency = "usd",
            Error = error,
        };

    public static BalanceStanding Standing(
        long cents,
        long held = 0,
        long promo = 0,
        long debt = 0,
        bool frozen = false
    ) =>
        new(
            new WalletReading(
                NanoUsd.FromCents(cents - debt),
                NanoUsd.FromCents(cents - promo),
                NanoUsd.FromCents(promo),
                NanoUsd.FromCents(debt),
                frozen
            ),
            NanoUsd.FromCents(held)
        );

    public static Topup Topup(string state, bool isAuto = false, string? failure = null) =>
        new()
        {
            Id = "top_019a3f6c2b7d7c41a1d2c3b4e5f60718",
            IsAuto = isAuto,
            Cents = 2_500,
            State = state,
            Url = state == TopupStates.Open ? "/pay" : null,
            ReceiptUrl = state == TopupStates.Succeeded ? "/receipt" : null,
            Failure = failure,
            CreatedAt = Now.AddDays(-3),
            PaidAt = state == TopupStates.Succeeded ? Now.AddDays(-3) : null,
            NextAttemptAt = state == TopupStates.Retrying ? Now.AddHours(1) : null,
        };

    public static HistoryLine History(
        string what,
        string kind,
        long nano,
        string? through = null,
        bool isNeutral = false
    ) =>
        new()
        {
            Line = new StatementLine
            {
                Place = new(Now.AddMinutes(-what.Length).ToUnixTimeMilliseconds(), what, 0),
                Kind = kind,
                Change = isNeutral ? NanoUsd.Zero : new(nano),
                Moved = new(Math.Abs(nano)),
            },
            What = what,
            Through = through,
            ReceiptUrl = kind is "charge" or "topup" ? "/receipt" : null,
        };

    public static IReadOnlyList<HistoryLine> Books() =>
        [
            History("gpt-5.4-mini", "charge", -1_234_567, "Margin Notes"),
            History("a/" + LongName, "charge", -123_456_789_012, LongName),
            History("Correction: gpt-5.4-mini", "correction", 1_234_567, "Laptop (gw_sk_A…9zYx)"),
            History("Auto-reload", "topup", 10_000_000_000),
            History("Top-up", "topup", 10_000_000_000_000),
            History("What was owed is paid", "debt", 12_340_000_000, isNeutral: true),
            History("Taken back by a bank: dispute", "dispute", -25_000_000_000),
        ];
}
