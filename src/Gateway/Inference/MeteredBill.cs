using Arda.Gateway.Kernel;

namespace Arda.Gateway.Inference;

/// <summary>What a request used and what the provider's price for it is.</summary>
internal readonly record struct MeteredBill(TokenUsage Usage, UsageSource Source, NanoUsd Base)
{
    // Without a provider's count we err in the user's favour: real text has more bytes per token.
    private const int BytesPerTokenCounted = 4;

    /// <summary>
    /// Prices the provider's own usage; where it gave none (a cut stream), what we saw pass. An
    /// explicit zero is a zero. Never above what was held when it is our own count (ledger.md §6,
    /// cases 17, 32, 67).
    /// </summary>
    public static MeteredBill Of(Exchange exchange, Candidate candidate, TokenUsage? said, long bytes)
    {
        if (said is { IsValid: true } && TryPrice(candidate, said, out var price))
        {
            return new MeteredBill(said, UsageSource.Provider, price);
        }

        var counted = new TokenUsage
        {
            Input = exchange.Scan.TextBytes / BytesPerTokenCounted,
            Output = (bytes + BytesPerTokenCounted - 1) / BytesPerTokenCounted,
        };
        TryPrice(candidate, counted, out var countedPrice);
        return new MeteredBill(
            counted,
            UsageSource.Counted,
            NanoUsd.Min(countedPrice, exchange.Size.BaseMax)
        );
    }

    private static bool TryPrice(Candidate candidate, TokenUsage usage, out NanoUsd price)
    {
        try
        {
            price = candidate.Price.Base(usage);
            return true;
        }
        catch (OverflowException)
        {
            // A provider that counts to the edge of 64 bits is lying; its number is not used.
            price = NanoUsd.Zero;
            return false;
        }
    }
}
