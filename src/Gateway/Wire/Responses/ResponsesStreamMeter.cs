using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Meters a stream of Responses events by their raw bytes.</summary>
internal sealed class ResponsesStreamMeter : IStreamMeter
{
    private UsageCounts _counts;
    private TokenUsage? _usage;
    private bool _usageChanged;

    public TokenUsage? Usage
    {
        get
        {
            if (_usageChanged)
            {
                _usage = _counts.ToUsage();
                _usageChanged = false;
            }
            return _usage;
        }
    }

    public bool UsageIsFinal { get; private set; }

    public Range UsageAt { get; private set; }

    public long OutputBytes { get; private set; }

    public UpstreamError? Error { get; private set; }

    public bool Ended { get; private set; }

    public EventRole Observe(SseEvent from)
    {
        if (from.Data.IsEmpty)
        {
            return EventRole.Pass;
        }
        if (from.Data.SequenceEqual("[DONE]"u8))
        {
            // Not of this format, but some hosts end with it.
            return EventRole.Terminal;
        }
        var scan = ResponsesScan.Read(from.Data);
        OutputBytes += scan.DeltaBytes;
        if (scan.Usage.IsSaid)
        {
            _counts = scan.Usage;
            _usageChanged = true;
            UsageAt = scan.UsageAt;
            UsageIsFinal = scan.Kind != ResponsesScan.EventKind.Other;
        }
        if (scan.Kind == ResponsesScan.EventKind.Failure || from.Name.SequenceEqual("error"u8))
        {
            Error ??= ResponsesErrors.Read(from.Data.ToArray());
            Ended = false;
            return EventRole.Error;
        }
        if (scan.Kind != ResponsesScan.EventKind.End)
        {
            return scan.DeltaBytes > 0 ? EventRole.Content : EventRole.Pass;
        }
        Ended = Error is null;
        return scan.Usage.IsSaid ? EventRole.Usage : EventRole.Terminal;
    }
}
