using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Reads requests and writes answers as the vendor that is played does.</summary>
internal static class SimulatedDialects
{
    public static Outcome<Conversation> ReadRequest(WireFormat format, UpstreamCall call) =>
        WireCodecs.For(format).ReadRequest(call.Body);

    public static Outcome<Conversation> ReadCount(WireFormat format, UpstreamCall call) =>
        WireCodecs.For(format).ReadRequest(call.Body);

    public static void WriteAnswer(
        WireFormat format,
        Answer answer,
        AnswerFrame frame,
        IBufferWriter<byte> to
    ) => WireCodecs.For(format).WriteAnswer(answer, frame, to);
}
