using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

public sealed record ChooserModel
{
    public required IReadOnlyList<ProjectLine> Projects { get; init; }
}

/// <summary>A link of an app's that can be followed.</summary>
public sealed record LinkModel
{
    public required string Action { get; init; }
}

public sealed record LinkGoneModel
{
    /// <summary>The errand in the address, where somebody is signed in and may be the wrong
    /// one.</summary>
    public string? SwitchId { get; init; }
}

public sealed record ReturnModel
{
    public required Errand Errand { get; init; }

    public required PortalStatus Status { get; init; }

    public required NanoUsd Balance { get; init; }

    public required string PortalUrl { get; init; }
}

public sealed record BalanceModel
{
    public required PortalScope Scope { get; init; }

    public required BalanceStanding Standing { get; init; }

    public Trouble? Trouble { get; init; }

    public SavedCard? Card { get; init; }

    public AutoReload? Reload { get; init; }

    public required IReadOnlyList<HistoryLine> Latest { get; init; }

    public required bool TakesPayments { get; init; }

    public bool IsTestMoney { get; init; }
}

public sealed record AddMoneyModel
{
    public required PortalScope Scope { get; init; }

    public required BalanceStanding Standing { get; init; }

    public Trouble? Trouble { get; init; }

    public required PaymentStanding Payment { get; init; }

    /// <summary>A reload that the bank wants its owner to confirm.</summary>
    public long? WaitingCents { get; init; }

    public required AmountChoice Amounts { get; init; }

    public SavedCard? Card { get; init; }

    /// <summary>Back from the provider's page without having paid.</summary>
    public bool HasLeft { get; init; }
}

public sealed record PaidModel
{
    public required PortalScope Scope { get; init; }

    public required Topup Topup { get; init; }

    public required BalanceStanding Standing { get; init; }

    public SavedCard? Card { get; init; }
}

public sealed record CardModel
{
    public required PortalScope Scope { get; init; }

    public SavedCard? Card { get; init; }

    public required DateTimeOffset Now { get; init; }

    public AutoReload? Reload { get; init; }

    public required PaymentStanding Payment { get; init; }

    public required AmountChoice Amounts { get; init; }

    public string? Problem { get; init; }
}

public sealed record PortalSureModel
{
    public required PortalScope Scope { get; init; }

    public required string Room { get; init; }

    public required SureModel Sure { get; init; }
}

/// <summary>Auto-reload as it was typed, with what is wrong with it.</summary>
public sealed record ReloadWish
{
    public string? Threshold { get; init; }

    public string? ThresholdError { get; init; }

    public long AmountCents { get; init; }

    public string? AmountError { get; init; }

    public string? Cap { get; init; }

    public string? CapError { get; init; }

    public string? ConsentError { get; init; }

    public bool IsWrong => (ThresholdError ?? AmountError ?? CapError ?? ConsentError) is not null;
}

public sealed record AutoReloadModel
{
    public required PortalScope Scope { get; init; }

    /// <summary>Null where it was never turned on.</summary>
    public AutoReload? Settings { get; init; }

    public SavedCard? Card { get; init; }

    public bool IsCardExpired { get; init; }

    public required IReadOnlyList<long> Amounts { get; init; }

    public required long ChargedThisMonthCents { get; init; }

    public Topup? Last { get; init; }

    public string? Next { get; init; }

    public required ReloadWish Wish { get; init; }

    public required AmountChoice AddMoney { get; init; }

    public required bool TakesPayments { get; init; }
}

/// <param name="Id">Of the connection or key whose limit was typed wrong.</param>
/// <param name="Typed">As it was.</param>
/// <param name="Error">What is wrong with it.</param>
public sealed record LimitMistake(string Id, string Typed, string Error);

public sealed record LimitsModel
{
    public required PortalScope Scope { get; init; }

    public required IReadOnlyList<ConnectionLine> Apps { get; init; }

    public required IReadOnlyList<KeyLine> Keys { get; init; }

    /// <summary>Of the app that sent its person here.</summary>
    public ConnectionId? Sender { get; init; }

    public LimitMistake? Mistake { get; init; }
}

public sealed record HistoryModel
{
    public required PortalScope Scope { get; init; }

    public required IReadOnlyList<HistoryLine> Lines { get; init; }

    public required bool IsFirstPage { get; init; }

    public string? OlderUrl { get; init; }
}

public sealed record PaymentLine
{
    public required Topup Topup { get; init; }

    public required long RefundableCents { get; init; }

    public required IReadOnlyList<RefundOfTopup> Refunds { get; init; }
}

public sealed record PaymentsModel
{
    public required PortalScope Scope { get; init; }

    public required IReadOnlyList<PaymentLine> Lines { get; init; }

    public Trouble? Trouble { get; init; }

    public required int RefundDays { get; init; }
}

public sealed record RefundModel
{
    public required PortalScope Scope { get; init; }

    public required Topup Topup { get; init; }

    public required long RefundableCents { get; init; }

    /// <summary>Names this wish, so that the same form sent twice is one refund.</summary>
    public required string Request { get; init; }

    public required string Amount { get; init; }

    public string? Error { get; init; }
}
