using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>Money by its two classes: paid in by the user, or given as promotional credit.</summary>
internal readonly record struct Funds(NanoUsd Paid, NanoUsd Promo)
{
    public static readonly Funds None;

    public NanoUsd Total => Paid + Promo;

    /// <summary>An amount out of these funds: promotional credit is used up first.</summary>
    public Funds PromoFirst(NanoUsd amount)
    {
        var promo = NanoUsd.Min(amount, Promo);
        var paid = amount - promo;
        Invariant.Holds(paid <= Paid && promo >= NanoUsd.Zero, "no more is taken than is there");
        return new(paid, promo);
    }

    public static Funds Max(Funds a, Funds b) =>
        new(NanoUsd.Max(a.Paid, b.Paid), NanoUsd.Max(a.Promo, b.Promo));

    public static Funds operator +(Funds a, Funds b) => new(a.Paid + b.Paid, a.Promo + b.Promo);

    public static Funds operator -(Funds a, Funds b) => new(a.Paid - b.Paid, a.Promo - b.Promo);
}
