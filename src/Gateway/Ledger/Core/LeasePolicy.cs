using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>How much money is lent to a node, and for how long.</summary>
internal sealed record LeasePolicy
{
    /// <summary>One node owns the store: it leases everything, for as long as it lives.</summary>
    public static readonly LeasePolicy Embedded = new()
    {
        Everything = true,
        GrantTime = TimeSpan.FromDays(36_500),
        HardTime = TimeSpan.FromDays(36_500),
    };

    public static readonly LeasePolicy Shared = new();

    public bool Everything { get; init; }

    /// <summary>Counted by the node from before it asked.</summary>
    public TimeSpan GrantTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Counted by the store: the grant, the longest request and the flush after it.</summary>
    public TimeSpan HardTime { get; init; } = TimeSpan.FromSeconds(720);

    /// <summary>Money that nobody used for so long goes back.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Below this, leases are exactly as large as the holds, so that a small balance is
    /// never spread over nodes.</summary>
    public NanoUsd ExactBelow { get; init; } = new(2 * NanoUsd.PerUsd);

    /// <summary>What to add to a lease that lacks <paramref name="need"/>.</summary>
    /// <param name="available">Lent to nobody.</param>
    /// <param name="need">What the waiting holds lack.</param>
    /// <param name="recent">What this node spent of it in two seconds.</param>
    public NanoUsd Grant(NanoUsd available, NanoUsd need, NanoUsd recent)
    {
        if (available <= NanoUsd.Zero)
        {
            return NanoUsd.Zero;
        }

        if (Everything)
        {
            return available;
        }

        if (available < ExactBelow)
        {
            return NanoUsd.Min(available, need);
        }

        var fourNeeds = need.Value > available.Value / 4 ? available : new(need.Value * 4);
        var ahead = NanoUsd.Min(new(available.Value / 4), NanoUsd.Max(fourNeeds, recent));
        return NanoUsd.Min(available, NanoUsd.Max(need, ahead));
    }
}
