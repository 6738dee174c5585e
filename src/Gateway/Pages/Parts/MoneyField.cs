using System.Globalization;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Parts;

/// <summary>A limit as it was typed; nothing typed is no limit.</summary>
internal readonly record struct TypedLimit(NanoUsd? Amount);

/// <summary>Reads dollars that a person typed.</summary>
internal static class MoneyField
{
    public const decimal UsdMax = 1_000_000;

    private const NumberStyles Plain = NumberStyles.AllowDecimalPoint;

    public static Outcome<TypedLimit> Read(string? typed)
    {
        var text = typed?.Trim().TrimStart('$').Trim() ?? "";
        if (text.Length == 0)
        {
            return new TypedLimit(null);
        }

        return
            decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out var usd)
            && usd is >= 0 and <= UsdMax
            && decimal.Round(usd, 2) == usd
            ? new TypedLimit(NanoUsd.FromUsd(usd))
            : new Denial.InvalidRequest(
                "Write dollars and cents, such as 10 or 10.50, at most 1000000, or leave it empty."
            );
    }
}
