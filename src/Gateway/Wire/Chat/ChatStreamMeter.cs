using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Meters a stream of chunks by their raw bytes.</summary>
internal sealed class ChatStreamMeter : IStreamMeter
{
    private UsageCounts _counts;
    private TokenUsage? _usage;
    private bool _usageChanged;
    private bool _isDone;

    public TokenUsage? Usage
    {
        get
        {
            // Built when asked for: some hosts repeat usage on every chunk.
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
            // The terminator of a stream without a finish reason is still the host's word for its end.
            _isDone = true;
            UsageIsFinal = _counts.IsSaid;
            Ended = Error is null;
            return EventRole.Terminal;
        }
        var scan = ChatScan.Read(from.Data);
        OutputBytes += scan.OutputBytes;
        Ended |= scan.HasFinish;
        if (scan.Usage.IsSaid)
        {
            _counts = scan.Usage;
            _usageChanged = true;
            UsageAt = scan.UsageAt;
            // Before the finish it counts what came so far.
            UsageIsFinal = Ended || _isDone || !scan.HasChoices;
        }
        if (scan.HasError || from.Name.SequenceEqual("error"u8))
        {
            Error = UpstreamErrors.Read(0, from.Data.ToArray());
            Ended = false;
            return EventRole.Error;
        }
        return scan.Usage.IsSaid ? EventRole.Usage
            : scan.OutputBytes > 0 ? EventRole.Content
            : EventRole.Pass;
    }
}
