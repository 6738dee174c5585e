using System.Globalization;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Parts;

/// <summary>How pages write money.</summary>
public static class MoneyText
{
    private static readonly NanoUsd s_smallest = new(NanoUsd.PerCent / 100);

    /// <summary>To the cent, rounded down: never money that is not there.</summary>
    public static string Balance(NanoUsd amount) => Signed(amount.CentsFloor / 100m, "#,##0.00");

    /// <summary>Dollars to the cent; what is smaller than a dollar to the hundredth of a
    /// cent.</summary>
    public static string Spent(NanoUsd amount) =>
        amount > NanoUsd.Zero && amount < s_smallest ? "under $0.0001"
        : Math.Abs(amount.Value) >= NanoUsd.PerUsd || amount == NanoUsd.Zero
            ? Signed(amount.Usd, "#,##0.00")
        : Signed(amount.Usd, "0.0000");

    /// <summary>Every digit, at least two decimals.</summary>
    public static string Exact(NanoUsd amount) => Signed(amount.Usd, "#,##0.00#######");

    /// <summary>As a person types it into a field: no sign, no grouping.</summary>
    public static string Typed(NanoUsd amount) =>
        amount.Usd.ToString("0.00#######", CultureInfo.InvariantCulture);

    private static string Signed(decimal usd, string format) =>
        (usd < 0 ? "−$" : "$") + Math.Abs(usd).ToString(format, CultureInfo.InvariantCulture);
}
