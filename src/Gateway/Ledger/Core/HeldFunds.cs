using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

internal enum HoldState
{
    Waiting,
    Held,
    Settled,
    Released,
}

/// <summary>
/// One request's hold as the core sees it. Guarded by its book's lock; there is exactly one way
/// out of <see cref="HoldState.Held"/>.
/// </summary>
internal class HeldFunds(HoldRequest request)
{
    public HoldRequest Request { get; } = request;

    public HoldState State { get; set; }

    public NodeLease? Lease { get; set; }

    /// <summary>Still set aside, markups included. Progress charges take from it.</summary>
    public NanoUsd Remaining { get; set; }

    /// <summary>Set aside in all, markups included; what a receipt shows.</summary>
    public NanoUsd Amount { get; set; }

    public NanoUsd BaseMax { get; set; }

    public Allowance? KeyAllowance { get; set; }

    public Allowance? ConnectionAllowance { get; set; }

    /// <summary>The month whose limits this request counts in: that of its start.</summary>
    public int Month { get; set; }

    public long StartedAtUnixMs { get; set; }

    /// <summary>A row in the hold journal has to go when this hold ends.</summary>
    public bool IsJournaled { get; set; }

    /// <summary>What progress charges have booked so far.</summary>
    public ChargeParts Booked { get; set; }

    public NanoUsd BookedCogs { get; set; }

    /// <summary>Of <see cref="Booked"/>, what the user pays.</summary>
    public NanoUsd BookedCharged { get; set; }

    public int NextSeq { get; set; }

    /// <summary>The base price of the first settlement: a second one with another is an alarm.</summary>
    public NanoUsd SettledBase { get; set; }

    public NanoUsd WishTotal => TotalOf(Request.BaseMax);

    /// <summary>The least that is worth having.</summary>
    public NanoUsd LeastTotal => TotalOf(Request.MinimumBaseMax ?? Request.BaseMax);

    public NanoUsd TotalOf(NanoUsd basePrice) => PartsOf(basePrice).Total;

    public ChargeParts PartsOf(NanoUsd basePrice) =>
        ChargeParts.Of(basePrice, Request.Payer.GatewayMarkupBps, Request.Payer.ResellerMarkupBps);

    public NanoUsd BaseWithin(NanoUsd total) =>
        ChargeParts.LargestBaseWithin(
            total,
            Request.Payer.GatewayMarkupBps,
            Request.Payer.ResellerMarkupBps
        );
}
