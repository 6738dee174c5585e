namespace Arda.Gateway.Wire;

/// <summary>One codec for each wire format; they keep no state and are shared by all requests.</summary>
public static class WireCodecs
{
    private static readonly IReadOnlyList<IWireCodec> s_codecs =
    [
        new Chat.ChatCodec(),
        new Messages.MessagesCodec(),
        new Gemini.GeminiCodec(),
        new Responses.ResponsesCodec(),
    ];

    public static IWireCodec For(WireFormat format) =>
        s_codecs.First(codec => codec.Format == format);
}
