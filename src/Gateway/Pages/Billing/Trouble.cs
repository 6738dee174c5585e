using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>Why a project is frozen, or may soon be; null where all is well.</summary>
public sealed record Trouble
{
    public required bool IsFrozen { get; init; }

    public required NanoUsd Debt { get; init; }

    public required IReadOnlyList<DisputeReading> Open { get; init; }

    /// <summary>Questions of a bank's: nothing is stopped by them.</summary>
    public required IReadOnlyList<DisputeReading> Inquiries { get; init; }

    public static Trouble? Of(BalanceStanding standing, IReadOnlyList<DisputeReading> disputes)
    {
        var trouble = new Trouble
        {
            IsFrozen = standing.Wallet.Frozen,
            Debt = standing.Wallet.Debt,
            Open = [.. disputes.Where(one => one is { IsOpen: true, IsInquiry: false })],
            Inquiries = [.. disputes.Where(one => one is { IsInquiry: true, IsOpen: true })],
        };
        return
            trouble.IsFrozen
            || trouble.Debt > NanoUsd.Zero
            || trouble.Open.Count + trouble.Inquiries.Count > 0
            ? trouble
            : null;
    }
}
