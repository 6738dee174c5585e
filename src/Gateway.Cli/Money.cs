using System.Globalization;

namespace Arda.Gateway.Cli;

/// <summary>Amounts as people read them.</summary>
internal static class Money
{
    public static string Cents(long cents) =>
        (cents / 100m).ToString(
            cents < 0 ? "-$0.00;-$0.00" : "$0.00",
            CultureInfo.InvariantCulture
        );

    /// <summary>All digits that there are: an answer may cost less than a hundredth of a cent.</summary>
    public static string Usd(decimal usd) =>
        "$" + usd.ToString("0.00#######", CultureInfo.InvariantCulture);
}
