using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Responses;

/// <summary>OpenAI Responses, without the state that OpenAI keeps for it.</summary>
internal sealed class ResponsesCodec : IWireCodec
{
    public WireFormat Format => WireFormat.OpenAiResponses;

    public Outcome<Conversation> ReadRequest(ReadOnlyMemory<byte> body) =>
        ResponsesRequestReader.Read(body);

    public void WriteAnswer(Answer answer, AnswerFrame frame, IBufferWriter<byte> to) =>
        ResponsesAnswerWriter.Write(answer, frame, to);

    public IStreamWriter NewStreamWriter(AnswerFrame frame) => new ResponsesStreamWriter(frame);

    public Outcome<TranslatedRequest> WriteRequest(
        Conversation conversation,
        UpstreamTarget target
    ) => ResponsesRequestWriter.Write(conversation, target);

    public Answer ReadAnswer(ReadOnlyMemory<byte> body) => ResponsesAnswerReader.Read(body);

    public IStreamReader NewStreamReader() => new ResponsesStreamReader();

    public UpstreamError ReadError(int status, ReadOnlyMemory<byte> body) =>
        UpstreamErrors.Read(status, body);

    public AnswerReading Meter(ReadOnlySpan<byte> body)
    {
        var scan = ResponsesScan.Read(body);
        return new AnswerReading
        {
            Usage = scan.Usage.IsSaid ? scan.Usage.ToUsage() : null,
            UsageAt = scan.UsageAt,
            OutputBytes = scan.OutputBytes,
            ModelAt = scan.ModelAt,
        };
    }

    public IStreamMeter NewStreamMeter() => new ResponsesStreamMeter();
}
