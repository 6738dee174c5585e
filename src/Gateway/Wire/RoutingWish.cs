using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// The gateway's own <c>routing</c> member: how arda/auto should choose. It never goes upstream.
/// </summary>
/// <param name="Mode">cheap | balanced | fast | best, as the catalog's picker lists them.</param>
/// <param name="Intent">A task class that the app already knows ("coding").</param>
/// <param name="MaxPriceUsd">USD that one request may cost the user at most.</param>
public sealed record RoutingWish(string? Mode, string? Intent, decimal? MaxPriceUsd)
{
    public static Outcome<RoutingWish> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return new RoutingWish(null, null, null);
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong("routing", "an object such as {\"mode\":\"cheap\",\"intent\":\"coding\"}");
        }

        string? mode = null;
        string? intent = null;
        decimal? maxPrice = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "mode" when reader.TokenType == JsonTokenType.String:
                    mode = reader.GetString();
                    break;
                case "intent" when reader.TokenType == JsonTokenType.String:
                    intent = reader.GetString();
                    break;
                case "max_price" when reader.TokenType == JsonTokenType.Number:
                    if (!reader.TryGetDecimal(out var usd) || usd <= 0)
                    {
                        return Wrong("routing.max_price", "an amount in USD above 0");
                    }

                    maxPrice = usd;
                    break;
                case "mode" or "intent" or "max_price" when reader.TokenType == JsonTokenType.Null:
                    break;
                case "mode" or "intent":
                    return Wrong("routing." + name, "a string");
                case "max_price":
                    return Wrong("routing.max_price", "an amount in USD above 0");
                default:
                    return Wrong(
                        "routing." + name,
                        "left out: routing knows mode, intent and max_price"
                    );
            }
        }

        return new RoutingWish(mode, intent, maxPrice);
    }

    private static Denial.InvalidRequest Wrong(string param, string expected) =>
        new($"'{param}' must be {expected}.", param);
}
