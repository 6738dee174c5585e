namespace Arda.Gateway.Kernel;

/// <summary>
/// An amount of money: integer nano-dollars (1 USD = 1,000,000,000; 1 cent = 10,000,000).
/// Sums are checked, so an overflow throws and never wraps. There is no multiplication and no
/// division: rounding happens in named methods only.
/// </summary>
public readonly record struct NanoUsd(long Value) : IComparable<NanoUsd>
{
    public const long PerUsd = 1_000_000_000;
    public const long PerCent = 10_000_000;

    public static readonly NanoUsd Zero = new(0);

    public static NanoUsd FromCents(long cents) => new(checked(cents * PerCent));

    public static NanoUsd FromUsd(decimal usd) => new(checked((long)(usd * PerUsd)));

    /// <summary>Floors, also below zero: we never show money that is not there.</summary>
    public long CentsFloor => (long)decimal.Floor(Value / (decimal)PerCent);

    /// <summary>For what is still missing: a request for too little would be denied again.</summary>
    public long CentsCeiling => (long)decimal.Ceiling(Value / (decimal)PerCent);

    /// <summary>Exact: nine decimals hold every nano-dollar.</summary>
    public decimal Usd => Value / (decimal)PerUsd;

    /// <summary>
    /// Rounded down once, here: the user's charge and the reseller's earning are this same number.
    /// </summary>
    public NanoUsd MarkupFloor(int markupBps) =>
        new(checked((long)((Int128)Value * markupBps / 10_000)));

    public static NanoUsd Min(NanoUsd a, NanoUsd b) => a.Value <= b.Value ? a : b;

    public static NanoUsd Max(NanoUsd a, NanoUsd b) => a.Value >= b.Value ? a : b;

    public static NanoUsd operator +(NanoUsd a, NanoUsd b) => new(checked(a.Value + b.Value));

    public static NanoUsd operator -(NanoUsd a, NanoUsd b) => new(checked(a.Value - b.Value));

    public static bool operator <(NanoUsd a, NanoUsd b) => a.Value < b.Value;

    public static bool operator >(NanoUsd a, NanoUsd b) => a.Value > b.Value;

    public static bool operator <=(NanoUsd a, NanoUsd b) => a.Value <= b.Value;

    public static bool operator >=(NanoUsd a, NanoUsd b) => a.Value >= b.Value;

    public int CompareTo(NanoUsd other) => Value.CompareTo(other.Value);

    public override string ToString() =>
        Usd.ToString("0.000000000", System.Globalization.CultureInfo.InvariantCulture);
}
