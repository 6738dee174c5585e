using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Billing.Models;

/// <summary>What is added to a provider's price for one caller, and for whom.</summary>
/// <param name="GatewayBps">The operator's, on the provider's price.</param>
/// <param name="ResellerBps">The app's, on both, as the user agreed to it.</param>
/// <param name="ResellerName">The app.</param>
internal sealed record Markups(int GatewayBps, int ResellerBps, string? ResellerName)
{
    private const decimal BpsOne = 10_000m;

    /// <summary>What both make of a unit price.</summary>
    public decimal Factor => (1 + (GatewayBps / BpsOne)) * (1 + (ResellerBps / BpsOne));

    public ChargeParts On(NanoUsd basePrice) => ChargeParts.Of(basePrice, GatewayBps, ResellerBps);

    /// <summary>"a markup of 15% for Notes"; null where nothing is added.</summary>
    public string? InWords
    {
        get
        {
            var reseller =
                ResellerBps > 0 ? $"{Percent(ResellerBps)} for {ResellerName ?? "this app"}" : null;
            var gateway = GatewayBps > 0 ? $"{Percent(GatewayBps)} for this gateway" : null;
            return (gateway, reseller) switch
            {
                (null, null) => null,
                ({ } one, null) => "a markup of " + one,
                (null, { } one) => "a markup of " + one,
                ({ } first, { } second) => $"markups of {first} and {second}",
            };
        }
    }

    private static string Percent(int bps) =>
        (bps / 100m).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
