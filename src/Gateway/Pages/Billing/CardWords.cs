using System.Globalization;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Pages.Billing;

/// <summary>A card as people know it.</summary>
public static class CardWords
{
    public static string Of(SavedCard card) => $"{Brand(card.Brand)} ending in {card.Last4}";

    public static string Expiry(SavedCard card) =>
        string.Create(CultureInfo.InvariantCulture, $"{card.ExpMonth:00}/{card.ExpYear}");

    public static string Brand(string brand) =>
        brand switch
        {
            "visa" => "Visa",
            "mastercard" => "Mastercard",
            "amex" => "American Express",
            "discover" => "Discover",
            "diners" => "Diners Club",
            "jcb" => "JCB",
            "unionpay" => "UnionPay",
            _ => brand.Length == 0 ? "Card" : char.ToUpperInvariant(brand[0]) + brand[1..],
        };
}
