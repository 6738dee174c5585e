using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Finished answers: <c>{"type":"message","content":[…],"stop_reason","usage"}</c>.</summary>
internal static class MessagesAnswers
{
    public static Answer Read(ReadOnlyMemory<byte> body)
    {
        using var document = AnswerInput.ParseObject(body);
        var root = document.RootElement;
        if (root.Member("content"u8) is not { ValueKind: JsonValueKind.Array })
        {
            throw new WireFormatException("The upstream's message has no content.");
        }
        var id = root.Text("id"u8) ?? "";
        var blocks = new List<Block>();
        foreach (var block in root.Items("content"u8))
        {
            blocks.Add(MessagesBlocks.Read(block, ToolCallIds.Make(id, blocks.Count)));
        }
        var native = root.NonEmptyText("stop_reason"u8);
        if (MessagesRefusal.Read(root.Object("stop_details"u8)) is { } refusal)
        {
            blocks.Add(refusal);
        }
        return new Answer
        {
            Id = id,
            Model = root.Text("model"u8) ?? "",
            Blocks = blocks,
            Stop = MessagesStopReasons.Read(native),
            NativeStop = native,
            StopSequence = root.NonEmptyText("stop_sequence"u8),
            Usage = root.Object("usage"u8) is { } usage
                ? MessagesUsage.Read(usage.RawUtf8())
                : null,
        };
    }

    public static void Write(Answer answer, AnswerFrame frame, IBufferWriter<byte> to)
    {
        using var writer = WireJson.NewWriter(to);
        writer.WriteStartObject();
        writer.WriteString("id"u8, IdOf(answer.Id, frame));
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("model"u8, frame.Model);
        writer.WriteStartArray("content"u8);
        foreach (var block in answer.Blocks)
        {
            MessagesBlocks.WriteAnswer(writer, block);
        }
        writer.WriteEndArray();
        writer.WriteString(
            "stop_reason"u8,
            MessagesStopReasons.Write(answer.Stop, answer.NativeStop)
        );
        WriteStopSequence(writer, answer.StopSequence);
        MessagesRefusal.Write(
            writer,
            answer.Blocks.OfType<Block.Refusal>().LastOrDefault(MessagesRefusal.IsDetails)
        );
        writer.WriteStartObject("usage"u8);
        MessagesUsage.Write(writer, answer.Usage ?? TokenUsage.Zero);
        CostJson.WriteMembers(writer, frame.Cost);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    public static string IdOf(string? upstream, AnswerFrame frame) =>
        upstream is { Length: > 0 } id ? id : frame.Generation.Value;

    public static void WriteStopSequence(Utf8JsonWriter writer, string? sequence)
    {
        if (sequence is null)
        {
            writer.WriteNull("stop_sequence"u8);
        }
        else
        {
            writer.WriteString("stop_sequence"u8, sequence);
        }
    }
}
