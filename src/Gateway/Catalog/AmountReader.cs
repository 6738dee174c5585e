using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Catalog;

/// <summary>Reads an amount of money: a decimal in quotes, exactly scaled.</summary>
internal static class AmountReader
{
    /// <summary>The amount times ten to the power of <paramref name="scale"/>; null where there is
    /// none, and with a problem where it is no amount.</summary>
    public static long? Read(
        FieldReader from,
        SourceValue? found,
        int decimalsMax,
        int scale,
        string per
    )
    {
        if (found is null)
        {
            return null;
        }
        if (found.Kind == JsonValueKind.Number)
        {
            from.Problem(
                found,
                "a price is written as text, because JSON numbers are binary fractions elsewhere",
                $"write \"{PlainDecimal(found.Text)}\" with quotes"
            );
            return null;
        }
        if (found.Kind != JsonValueKind.String)
        {
            from.Problem(
                found,
                $"{found.Described} is not a price",
                $"write USD per {per} as \"2.5\""
            );
            return null;
        }
        var text = found.Text;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? text : text[..dot];
        var fraction = dot < 0 ? "" : text[(dot + 1)..];
        var plain =
            whole.Length > 0
            && whole.All(char.IsAsciiDigit)
            && (whole == "0" || whole[0] != '0')
            && fraction.All(char.IsAsciiDigit)
            && (dot < 0 || fraction.Length > 0);
        if (!plain)
        {
            from.Problem(
                found,
                WhyNotPlain(text),
                $"write USD per {per} as a plain decimal: \"{PlainDecimal(text)}\""
            );
            return null;
        }
        if (fraction.TrimEnd('0').Length > decimalsMax)
        {
            from.Problem(
                found,
                $"\"{text}\" has more than {decimalsMax} decimals, which cannot be billed exactly",
                $"write USD per {per}, not per token, with at most {decimalsMax} decimals"
            );
            return null;
        }
        fraction = fraction.TrimEnd('0').PadRight(scale, '0');
        if (whole.Length > 6)
        {
            from.Problem(found, $"\"{text}\" is over a million dollars", $"write USD per {per}");
            return null;
        }
        return long.Parse(whole + fraction, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string WhyNotPlain(string text) =>
        text switch
        {
            _ when text.StartsWith('-') => $"the price \"{text}\" is negative",
            _ when text.Contains('e', StringComparison.OrdinalIgnoreCase) =>
                $"the price \"{text}\" has an exponent",
            _ when text.Contains(',', StringComparison.Ordinal) =>
                $"the price \"{text}\" has a comma",
            _ when text.Contains('$', StringComparison.Ordinal) =>
                $"the price \"{text}\" has a currency sign",
            _ => $"\"{text}\" is not a plain decimal",
        };

    /// <summary>What was probably meant, for the "write" half of a message.</summary>
    private static string PlainDecimal(string text)
    {
        var cleaned = text.Trim().TrimStart('-', '+', '$').Trim().Replace(',', '.');
        return decimal.TryParse(
            cleaned,
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? PriceJson.Usd(value)
            : "2.5";
    }
}
