using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// Watches what a running stream has used: extends a rolling hold before it is used up, and books
/// progress charges so that a crash loses seconds of a long stream, not all of it.
/// </summary>
internal sealed class StreamProgress(Exchange exchange, InferenceDesk desk, Candidate candidate)
{
    // Fewer bytes per token than real text has, so that the hold runs out before the money does.
    private const int BytesPerTokenMin = 3;
    private const int ExtendAtPercent = 60;

    // More bytes per token than any text has for long: beyond that a provider ignores its limit.
    private const int BytesPerTokenMax = 16;

    private long _tokensHeld = exchange.Size.OutputTokens;

    // Pricing each event would cost more than it tells.
    private const int BytesBetweenPricings = 16 * 1024;

    private long _bytesSeen;
    private long _bytesPriced;
    private long _progressAt = desk.Time.GetTimestamp();
    private NanoUsd _progressBase;

    /// <summary>False when the money is used up: the stream has to end here.</summary>
    public bool Allows(IStreamMeter meter)
    {
        var bytes = meter.OutputBytes;
        if (bytes == _bytesSeen)
        {
            return true;
        }

        _bytesSeen = bytes;
        if (bytes > BytesMax || (exchange.Size.Rolling && !StaysWithinHold(bytes)))
        {
            return false;
        }

        BookProgress(meter);
        return true;
    }

    private long BytesMax =>
        Math.Max(_tokensHeld, exchange.Size.UpstreamCap ?? 0)
        * exchange.Scan.Choices
        * BytesPerTokenMax;

    private bool StaysWithinHold(long bytes)
    {
        var used = (bytes + BytesPerTokenMin - 1) / BytesPerTokenMin;
        if (used * 100 < _tokensHeld * ExtendAtPercent)
        {
            return true;
        }

        var next = Math.Min(
            _tokensHeld + desk.Options.Planning.RollingHoldTokens,
            exchange.Size.UpstreamCap ?? _tokensHeld
        );
        if (next > _tokensHeld)
        {
            var prompt = exchange.Size.PromptTokensMax;
            var more =
                HoldSizing.Bound(exchange.Scan, exchange.Route, prompt, next)
                - HoldSizing.Bound(exchange.Scan, exchange.Route, prompt, _tokensHeld);
            if (exchange.Hold.TryExtend(more))
            {
                _tokensHeld = next;
            }
        }

        // Up to the model's own limit the provider stops by itself.
        return used < _tokensHeld || _tokensHeld >= exchange.Size.UpstreamCap;
    }

    private void BookProgress(IStreamMeter meter)
    {
        var now = desk.Time.GetTimestamp();
        var isDue = desk.Time.GetElapsedTime(_progressAt, now) >= desk.Options.ProgressEvery;
        if (!isDue && _bytesSeen - _bytesPriced < BytesBetweenPricings)
        {
            return;
        }

        _bytesPriced = _bytesSeen;

        var bill = MeteredBill.OfStream(exchange, candidate, meter);
        if (!isDue && (bill.Base - _progressBase).Value < desk.Options.ProgressNanoUsd)
        {
            return;
        }

        _progressAt = now;
        _progressBase = bill.Base;
        Settlements.BookProgress(exchange, candidate, bill);
    }
}
