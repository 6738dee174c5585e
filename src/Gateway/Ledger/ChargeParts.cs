using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>
/// What a request costs, in the parts that have an owner each: the provider's price, the operator's
/// markup on it, and the reseller's markup on both. Markups are rounded down; the parts add up to
/// the total without a remainder.
/// </summary>
public readonly record struct ChargeParts(
    NanoUsd Base,
    NanoUsd GatewayMarkup,
    NanoUsd ResellerMarkup
)
{
    private const int BpsOne = 10_000;

    public NanoUsd List => Base + GatewayMarkup;

    public NanoUsd Total => Base + GatewayMarkup + ResellerMarkup;

    public static ChargeParts Of(NanoUsd basePrice, int gatewayBps, int resellerBps)
    {
        var gateway = basePrice.MarkupFloor(gatewayBps);
        return new(basePrice, gateway, (basePrice + gateway).MarkupFloor(resellerBps));
    }

    /// <summary>The largest base price whose total does not exceed <paramref name="total"/>.</summary>
    public static NanoUsd LargestBaseWithin(NanoUsd total, int gatewayBps, int resellerBps)
    {
        if (total <= NanoUsd.Zero)
        {
            return NanoUsd.Zero;
        }

        // Without roundings this is the answer; roundings go down, so it always fits, and they
        // lose less than three units, so a few steps up find the last one that does.
        var one = (Int128)(BpsOne + gatewayBps) * (BpsOne + resellerBps);
        var fits = (long)((Int128)total.Value * BpsOne * BpsOne / one);
        while (fits < long.MaxValue && TotalOf(fits + 1, gatewayBps, resellerBps) <= total.Value)
        {
            fits++;
        }

        return new(fits);
    }

    /// <summary>
    /// What the reseller earns of its markup: the share that was paid with paid-in money. Usage
    /// paid by promotional credit, or not at all, earns nothing.
    /// </summary>
    public NanoUsd EarnedOf(NanoUsd paid)
    {
        var total = Total.Value;
        return total == 0
            ? NanoUsd.Zero
            : new((long)((Int128)ResellerMarkup.Value * paid.Value / total));
    }

    /// <summary>
    /// The same parts for a user who pays only <paramref name="charged"/> of the total because the
    /// operator absorbs the rest: the reseller's share, then the provider's price, and the
    /// operator's own markup is what is given up first.
    /// </summary>
    public ChargeParts Charged(NanoUsd charged)
    {
        if (charged == Total)
        {
            return this;
        }

        var reseller = Share(ResellerMarkup, charged);
        var basePrice = NanoUsd.Min(charged - reseller, Base);
        var gateway = NanoUsd.Min(charged - reseller - basePrice, GatewayMarkup);
        return new(basePrice, gateway, charged - basePrice - gateway);
    }

    public static ChargeParts operator +(ChargeParts a, ChargeParts b) =>
        new(
            a.Base + b.Base,
            a.GatewayMarkup + b.GatewayMarkup,
            a.ResellerMarkup + b.ResellerMarkup
        );

    public static ChargeParts operator -(ChargeParts a, ChargeParts b) =>
        new(
            a.Base - b.Base,
            a.GatewayMarkup - b.GatewayMarkup,
            a.ResellerMarkup - b.ResellerMarkup
        );

    // Wider than long, because the next base above a huge total need not fit.
    private static Int128 TotalOf(long basePrice, int gatewayBps, int resellerBps)
    {
        var list = basePrice + ((Int128)basePrice * gatewayBps / BpsOne);
        return list + (list * resellerBps / BpsOne);
    }

    private NanoUsd Share(NanoUsd part, NanoUsd charged) =>
        new((long)((Int128)part.Value * charged.Value / Total.Value));
}
