using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// The client's own dialect upstream: events go on as the bytes that came. Only the usage event is
/// opened, to put the cost in, and it waits with the terminator until the charge is durable.
/// </summary>
/// <param name="codec">The dialect on both sides.</param>
/// <param name="frame">What the gateway says around the answer.</param>
internal sealed class PassthroughRelay(IWireCodec codec, AnswerFrame frame) : IRelay
{
    private readonly List<Held> _held = [];
    private readonly ArrayBufferWriter<byte> _history = new(512);
    private bool _lastWasDelta;
    private bool _terminated;

    public IStreamMeter Meter { get; } = codec.NewStreamMeter();

    public UpstreamError? Error { get; private set; }

    private sealed record Held(byte[] Raw, bool IsUsage, Range UsageAt);

    public RelayStep Handle(ReadOnlySpan<byte> raw, IBufferWriter<byte> to)
    {
        var from = SseScanner.Parse(raw);
        if (from.Data.IsEmpty)
        {
            // A comment or a bare ping of the upstream; we keep our own clients alive.
            return RelayStep.Silent;
        }

        switch (Meter.Observe(from))
        {
            case EventRole.Error:
                Error = Meter.Error ?? CutStream.Error;
                return RelayStep.Failed;
            case EventRole.Usage:
                ReleaseHeld(to);
                _held.Add(new Held(raw.ToArray(), true, Meter.UsageAt));
                return EndsWithUsage() ? RelayStep.Ended : RelayStep.Silent;
            case EventRole.Terminal:
                _terminated = true;
                _held.Add(new Held(raw.ToArray(), false, default));
                return RelayStep.Ended;
            default:
                ReleaseHeld(to);
                Remember(raw);
                to.Write(raw);
                return RelayStep.Sent;
        }
    }

    public RelayStep Close(IBufferWriter<byte> to)
    {
        if (Meter.Ended)
        {
            return RelayStep.Ended;
        }

        Error ??= CutStream.Error;
        return RelayStep.Failed;
    }

    public void Complete(TokenUsage usage, Cost cost, IBufferWriter<byte> to)
    {
        var isChat = codec.Format == WireFormat.OpenAiChat;
        var last = _held.FindLastIndex(h => h.IsUsage);
        for (var i = 0; i < _held.Count; i++)
        {
            var held = _held[i];
            if (i == last && isChat && !frame.IncludeUsage && UsageChunk.IsUsageOnly(held.Raw))
            {
                continue;
            }

            if (last < 0 && isChat && frame.IncludeUsage && !held.IsUsage)
            {
                UsageChunk.Write(frame, usage, cost, to);
            }

            if (i == last && !held.UsageAt.Equals(default))
            {
                UsageMembers.WriteEventWithCost(held.Raw, held.UsageAt, cost, to);
            }
            else if (i == last || (last < 0 && EndsResponse(held.Raw)))
            {
                UsageAdded.WriteEvent(codec.Format, held.Raw, usage, cost, to);
            }
            else
            {
                to.Write(held.Raw);
            }

            EndEvent(held.Raw, to);
        }

        if (codec.Format == WireFormat.AnthropicMessages && !_terminated)
        {
            // The provider said why it stopped and how much it was, but not that this is the end.
            to.Write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
        }

        if (isChat && !_terminated)
        {
            if (last < 0 && frame.IncludeUsage)
            {
                UsageChunk.Write(frame, usage, cost, to);
            }

            to.Write("data: [DONE]\n\n"u8);
        }
    }

    public void Truncate(TokenUsage usage, Cost cost, IBufferWriter<byte> to) =>
        Replayed().Truncate(usage, cost, to);

    public void Fail(ErrorFacts error, IBufferWriter<byte> to) => Replayed().Fail(error, to);

    public void KeepAlive(IBufferWriter<byte> to) => codec.NewStreamWriter(frame).KeepAlive(to);

    // Responses has no terminator after response.completed, which carries the usage.
    private bool EndsWithUsage() => codec.Format == WireFormat.OpenAiResponses && Meter.Ended;

    private bool EndsResponse(ReadOnlySpan<byte> raw) =>
        codec.Format == WireFormat.OpenAiResponses && SseScanner.Parse(raw).Data is [(byte)'{', ..];

    // The very last event of a stream may lack the blank line without which no client takes it.
    private static void EndEvent(ReadOnlySpan<byte> raw, IBufferWriter<byte> to)
    {
        if (!(raw.EndsWith("\n\n"u8) || raw.EndsWith("\r\n\r\n"u8) || raw.EndsWith("\r\r"u8)))
        {
            to.Write("\n\n"u8);
        }
    }

    // Usage that was not the last word (some hosts repeat it on every chunk) goes on as it came.
    private void ReleaseHeld(IBufferWriter<byte> to)
    {
        foreach (var held in _held)
        {
            Remember(held.Raw);
            to.Write(held.Raw);
        }

        _held.Clear();
    }

    // Any stream may have to be ended here: its hold or its time runs out, its provider ignores its
    // limit. What that needs is kept, and no more: the name of a Chat answer; of a message that it
    // began and which block is open; of a response everything, because its end repeats it.
    private void Remember(ReadOnlySpan<byte> raw)
    {
        if (codec.Format == WireFormat.OpenAiChat && _history.WrittenCount > 0)
        {
            return;
        }

        if (codec.Format == WireFormat.AnthropicMessages)
        {
            var isDelta = SseScanner.Parse(raw).Name.SequenceEqual("content_block_delta"u8);
            var isFurther = isDelta && _lastWasDelta;
            _lastWasDelta = isDelta;
            if (isFurther)
            {
                return;
            }
        }

        _history.Write(raw);
    }

    // A writer that has seen what the client has seen.
    private IStreamWriter Replayed()
    {
        var writer = codec.NewStreamWriter(frame);
        var reader = codec.NewStreamReader();
        var sink = new ArrayBufferWriter<byte>(4096);
        var steps = new List<StreamEvent>();
        var rest = _history.WrittenSpan;
        var scanned = 0;
        while (SseScanner.FindEnd(rest, ref scanned) is > 0 and var length)
        {
            ReadWhatCanBeRead(reader, rest[..length], steps);
            rest = rest[length..];
        }

        foreach (var step in steps)
        {
            writer.Write(step, sink);
        }

        return writer;
    }

    // What the provider garbled went on as it came; it tells nothing of how to end.
    private static void ReadWhatCanBeRead(
        IStreamReader reader,
        ReadOnlySpan<byte> raw,
        List<StreamEvent> steps
    )
    {
        try
        {
            reader.Read(SseScanner.Parse(raw), steps);
        }
        catch (WireFormatException)
        {
            // The end is written by what was understood before.
        }
    }
}
