using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Anthropic Messages, <c>POST /v1/messages</c>.</summary>
internal sealed class MessagesCodec : IWireCodec
{
    public WireFormat Format => WireFormat.AnthropicMessages;

    public Outcome<Conversation> ReadRequest(ReadOnlyMemory<byte> body)
    {
        try
        {
            return MessagesRequestReader.Read(body);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            return new Denial.InvalidRequest("The body holds text that is not valid Unicode.");
        }
    }

    public void WriteAnswer(Answer answer, AnswerFrame frame, IBufferWriter<byte> to) =>
        MessagesAnswers.Write(answer, frame, to);

    public IStreamWriter NewStreamWriter(AnswerFrame frame) => new MessagesStreamWriter(frame);

    public Outcome<TranslatedRequest> WriteRequest(
        Conversation conversation,
        UpstreamTarget target
    ) => new MessagesRequestWriter(conversation, target).Write();

    public Answer ReadAnswer(ReadOnlyMemory<byte> body)
    {
        try
        {
            return MessagesAnswers.Read(body);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
    }

    public IStreamReader NewStreamReader() => new MessagesStreamReader();

    public UpstreamError ReadError(int status, ReadOnlyMemory<byte> body) =>
        UpstreamErrors.Read(status, body);

    public AnswerReading Meter(ReadOnlySpan<byte> body) => MessagesMeter.Read(body);

    public IStreamMeter NewStreamMeter() => new MessagesStreamMeter();
}
