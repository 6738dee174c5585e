using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Gemini and Vertex, <c>:generateContent</c> and <c>:streamGenerateContent?alt=sse</c>.
/// Clients do not speak it to us; its client side serves the simulated provider.</summary>
internal sealed class GeminiCodec : IWireCodec
{
    public WireFormat Format => WireFormat.GeminiGenerate;

    public Outcome<Conversation> ReadRequest(ReadOnlyMemory<byte> body)
    {
        try
        {
            return GeminiRequestReader.Read(body);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            return new Denial.InvalidRequest("The body holds text that is not valid Unicode.");
        }
    }

    public void WriteAnswer(Answer answer, AnswerFrame frame, IBufferWriter<byte> to) =>
        GeminiAnswers.Write(answer, frame, to);

    public IStreamWriter NewStreamWriter(AnswerFrame frame) => new GeminiStreamWriter(frame);

    public Outcome<TranslatedRequest> WriteRequest(
        Conversation conversation,
        UpstreamTarget target
    ) => new GeminiRequestWriter(conversation, target).Write();

    public Answer ReadAnswer(ReadOnlyMemory<byte> body)
    {
        try
        {
            return GeminiAnswers.Read(body);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
    }

    public IStreamReader NewStreamReader() => new GeminiStreamReader();

    public UpstreamError ReadError(int status, ReadOnlyMemory<byte> body) =>
        UpstreamErrors.Read(status, body);

    public AnswerReading Meter(ReadOnlySpan<byte> body) => GeminiMeter.Read(body);

    public IStreamMeter NewStreamMeter() => new GeminiStreamMeter();
}
