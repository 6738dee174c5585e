using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Messages;
using Arda.Gateway.Wire.Responses;

namespace Arda.Gateway.Planning;

/// <summary>Reads what a client asks for, refusing what is not kept here: conversations and files
/// that live at a vendor.</summary>
internal static class RequestReading
{
    public static Outcome<RequestScan> Conversation(
        WireFormat dialect,
        ReadOnlyMemory<byte> body
    ) =>
        RequestScan.Read(dialect, body).Denied(out var denial, out var scan) ? denial
        : StateWanted(dialect, scan, body.Span) is { } stateful ? stateful
        : StoredFiles.Refuse(dialect, scan, body) is { } stored ? stored
        : scan;

    private static Denial? StateWanted(
        WireFormat dialect,
        RequestScan scan,
        ReadOnlySpan<byte> body
    ) =>
        dialect switch
        {
            WireFormat.OpenAiResponses => ResponsesState.Refuse(scan, body),
            WireFormat.AnthropicMessages => MessagesState.Refuse(scan, body),
            _ => null,
        };
}
