using System.Buffers;

namespace Arda.Gateway.Wire;

/// <summary>The lines of a server-sent event around its data (WHATWG HTML §9.2).</summary>
public static class SseOutput
{
    /// <summary>Starts <c>data: </c>; write the JSON after it and call <see cref="End"/>.</summary>
    public static void StartData(IBufferWriter<byte> to) => to.Write("data: "u8);

    /// <summary>Starts a named event; write the JSON after it and call <see cref="End"/>.</summary>
    public static void StartEvent(IBufferWriter<byte> to, ReadOnlySpan<byte> name)
    {
        to.Write("event: "u8);
        to.Write(name);
        to.Write("\ndata: "u8);
    }

    public static void End(IBufferWriter<byte> to) => to.Write("\n\n"u8);

    /// <summary>A comment: parsers skip it, proxies see life.</summary>
    public static void Comment(IBufferWriter<byte> to) => to.Write(": keep-alive\n\n"u8);
}
