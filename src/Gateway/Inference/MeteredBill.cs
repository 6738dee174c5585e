using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>What a request used and what the provider's price for it is.</summary>
internal readonly record struct MeteredBill(TokenUsage Usage, UsageSource Source, NanoUsd Base)
{
    // Without a provider's count we err in the user's favour: real text has more bytes per token.
    private const int BytesPerTokenCounted = 4;

    /// <summary>
    /// Prices the provider's own usage; where it gave none (a cut stream), what we saw pass. An
    /// explicit zero is a zero. Our own count is never above what was held (ledger.md §6, cases 17,
    /// 32, 67).
    /// </summary>
    public static MeteredBill Of(
        Exchange exchange,
        Candidate candidate,
        TokenUsage? said,
        long bytes
    )
    {
        if (said is { IsValid: true } && TryPrice(candidate, said, out var price))
        {
            return new MeteredBill(said, UsageSource.Provider, price);
        }

        var counted = new TokenUsage
        {
            Input = exchange.Scan.TextBytes / BytesPerTokenCounted,
            Output = TokensOf(bytes),
        };
        return Counted(exchange, candidate, counted);
    }

    /// <summary>A stream that was cut may have told its prompt (Anthropic's message_start) but not
    /// yet its output, which is then counted.</summary>
    public static MeteredBill OfStream(Exchange exchange, Candidate candidate, IStreamMeter meter)
    {
        if (meter.UsageIsFinal || meter.Usage is not { IsValid: true } begun)
        {
            var final = meter.UsageIsFinal ? meter.Usage : null;
            return Of(exchange, candidate, final, meter.OutputBytes);
        }

        var output = Math.Max(begun.Output, TokensOf(meter.OutputBytes) - begun.Reasoning);
        return Counted(exchange, candidate, begun with { Output = output });
    }

    public static long TokensOf(long bytes) =>
        (bytes + BytesPerTokenCounted - 1) / BytesPerTokenCounted;

    private static MeteredBill Counted(Exchange exchange, Candidate candidate, TokenUsage counted)
    {
        TryPrice(candidate, counted, out var price);
        var held = exchange.Hold.BaseMax;
        return new MeteredBill(counted, UsageSource.Counted, NanoUsd.Min(price, held));
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
