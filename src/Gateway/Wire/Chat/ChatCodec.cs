using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Chat;

/// <summary>OpenAI Chat Completions, as OpenAI and the hosts that followed it speak it.</summary>
internal sealed class ChatCodec : IWireCodec
{
    public WireFormat Format => WireFormat.OpenAiChat;

    public Outcome<Conversation> ReadRequest(ReadOnlyMemory<byte> body) =>
        ChatRequestReader.Read(body);

    public void WriteAnswer(Answer answer, AnswerFrame frame, IBufferWriter<byte> to) =>
        ChatAnswerWriter.Write(answer, frame, to);

    public IStreamWriter NewStreamWriter(AnswerFrame frame) => new ChatStreamWriter(frame);

    public Outcome<TranslatedRequest> WriteRequest(
        Conversation conversation,
        UpstreamTarget target
    ) => ChatRequestWriter.Write(conversation, target);

    public Answer ReadAnswer(ReadOnlyMemory<byte> body) => ChatAnswerReader.Read(body);

    public IStreamReader NewStreamReader() => new ChatStreamReader();

    public UpstreamError ReadError(int status, ReadOnlyMemory<byte> body) =>
        UpstreamErrors.Read(status, body);

    public AnswerReading Meter(ReadOnlySpan<byte> body)
    {
        var scan = ChatScan.Read(body);
        return new AnswerReading
        {
            Usage = scan.Usage.IsSaid ? scan.Usage.ToUsage() : null,
            UsageAt = scan.UsageAt,
            OutputBytes = scan.OutputBytes,
            ModelAt = scan.ModelAt,
        };
    }

    public IStreamMeter NewStreamMeter() => new ChatStreamMeter();
}
