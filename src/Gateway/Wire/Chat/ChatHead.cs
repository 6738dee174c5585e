using System.Text.Json;

namespace Arda.Gateway.Wire.Chat;

/// <summary>The members that begin every answer and every chunk.</summary>
internal static class ChatHead
{
    public static void Write(
        Utf8JsonWriter writer,
        AnswerFrame frame,
        string id,
        ReadOnlySpan<byte> kind
    )
    {
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, kind);
        writer.WriteNumber("created"u8, frame.CreatedUnixSeconds);
        writer.WriteString("model"u8, frame.Model);
    }
}
