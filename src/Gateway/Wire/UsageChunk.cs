using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.Chat;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire;

/// <summary>Chat's last chunk before the terminator: no choices, only usage.</summary>
public static class UsageChunk
{
    /// <summary>Whether the event may be left out for a client that did not ask for usage. A chunk
    /// with an answer in it may not, whatever usage it carries.</summary>
    public static bool IsUsageOnly(ReadOnlySpan<byte> raw)
    {
        var data = SseScanner.Parse(raw).Data;
        if (data.IsEmpty || data[0] != (byte)'{')
        {
            return false;
        }
        var scan = ChatScan.Read(data);
        return scan is { HasChoices: false, HasError: false } && scan.Usage.IsSaid;
    }

    /// <summary>Writes the chunk for a host that did not send one.</summary>
    public static void Write(
        AnswerFrame frame,
        TokenUsage usage,
        Cost? cost,
        IBufferWriter<byte> to
    )
    {
        SseOutput.StartData(to);
        using (var writer = WireJson.NewWriter(to))
        {
            writer.WriteStartObject();
            ChatHead.Write(writer, frame, frame.Generation.Value, "chat.completion.chunk"u8);
            writer.WriteStartArray("choices"u8);
            writer.WriteEndArray();
            UsageJson.WriteChat(writer, usage, cost);
            writer.WriteEndObject();
        }
        SseOutput.End(to);
    }
}
