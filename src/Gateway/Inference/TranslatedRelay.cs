using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>Another dialect upstream: its events become steps, the steps the client's events.</summary>
internal sealed class TranslatedRelay(IWireCodec upstream, IWireCodec client, AnswerFrame frame)
    : IRelay
{
    private readonly IStreamReader _reader = upstream.NewStreamReader();
    private readonly IStreamWriter _writer = client.NewStreamWriter(frame);
    private readonly List<StreamEvent> _steps = [];
    private bool _finished;

    public IStreamMeter Meter { get; } = upstream.NewStreamMeter();

    public UpstreamError? Error { get; private set; }

    public RelayStep Handle(ReadOnlySpan<byte> raw, IBufferWriter<byte> to)
    {
        var from = SseScanner.Parse(raw);
        var role = Meter.Observe(from);
        _reader.Read(from, _steps);
        var step = Send(to);
        // Usage may come after the finish reason, so only the upstream's own end ends the stream.
        return step == RelayStep.Failed ? step
            : IsLast(role) && _finished ? RelayStep.Ended
            : step;
    }

    // Responses has no terminator after response.completed, which carries the usage.
    private bool IsLast(EventRole role) =>
        role == EventRole.Terminal
        || (
            role == EventRole.Usage && upstream.Format == WireFormat.OpenAiResponses && Meter.Ended
        );

    public RelayStep Close(IBufferWriter<byte> to)
    {
        _reader.End(_steps);
        var step = Send(to);
        return step == RelayStep.Failed || !_finished ? Cut() : RelayStep.Ended;
    }

    public void Complete(TokenUsage usage, Cost cost, IBufferWriter<byte> to) =>
        _writer.Complete(usage, cost, to);

    public void Truncate(TokenUsage usage, Cost cost, IBufferWriter<byte> to) =>
        _writer.Truncate(usage, cost, to);

    public void Fail(ErrorFacts error, IBufferWriter<byte> to) => _writer.Fail(error, to);

    public void KeepAlive(IBufferWriter<byte> to) => _writer.KeepAlive(to);

    private RelayStep Send(IBufferWriter<byte> to)
    {
        var sent = RelayStep.Silent;
        foreach (var step in _steps)
        {
            if (step is StreamEvent.Failed failed)
            {
                Error = failed.Error;
                _steps.Clear();
                return RelayStep.Failed;
            }

            if (step is StreamEvent.Finished { Reason: StopReason.Error } wrong)
            {
                Error = new UpstreamError
                {
                    Message = $"The model's provider ended the answer with '{wrong.Native}'.",
                    Code = wrong.Native,
                    Kind = UpstreamErrorKind.Server,
                };
                _steps.Clear();
                return RelayStep.Failed;
            }

            _finished |= step is StreamEvent.Finished;
            _writer.Write(step, to);
            sent = RelayStep.Sent;
        }

        _steps.Clear();
        return sent;
    }

    private RelayStep Cut()
    {
        Error ??= CutStream.Error;
        return RelayStep.Failed;
    }
}

internal static class CutStream
{
    public static readonly UpstreamError Error = new()
    {
        Message = "The model's provider closed the stream before the answer was complete.",
        Code = "stream_cut",
        Kind = UpstreamErrorKind.Server,
    };
}
