using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>The extra members of <c>usage</c> that tell what a request cost (contract §2).</summary>
public static class CostJson
{
    /// <summary>
    /// Writes <c>cost</c> (USD) and <c>cost_details</c> into the usage object that is open. Exact
    /// digits: a decimal never takes an exponent. Then the balance after it, if the caller may know.
    /// </summary>
    public static void WriteMembers(Utf8JsonWriter writer, Cost? cost)
    {
        if (cost is null)
        {
            return;
        }
        writer.WriteNumber("cost"u8, cost.Total.Usd);
        writer.WriteStartObject("cost_details"u8);
        writer.WriteNumber("base"u8, cost.Base.Usd);
        writer.WriteNumber("gateway_markup"u8, cost.GatewayMarkup.Usd);
        writer.WriteNumber("reseller_markup"u8, cost.ResellerMarkup.Usd);
        writer.WriteEndObject();
        if (cost.BalanceAfter is { } balance)
        {
            writer.WriteNumber("balance_cents"u8, balance.CentsFloor);
            writer.WriteString("balance_warning"u8, cost.IsLow ? "low" : null);
        }
    }
}
