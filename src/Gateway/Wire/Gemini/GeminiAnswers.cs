using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Finished answers: <c>{"candidates":[…],"usageMetadata"}</c>. A blocked prompt is a 200
/// without candidates and still an answer, though an empty one.</summary>
internal static class GeminiAnswers
{
    public static Answer Read(ReadOnlyMemory<byte> body)
    {
        using var document = AnswerInput.ParseObject(body);
        var root = document.RootElement;
        var candidate = Candidate(root);
        var blocked = root.Object("promptFeedback"u8)?.NonEmptyText("blockReason"u8);
        if (candidate is null && blocked is null && root.Object("usageMetadata"u8) is null)
        {
            throw new WireFormatException("The upstream's answer has no candidates.");
        }
        var id = root.Text("responseId"u8) ?? "";
        var blocks = ReadBlocks(candidate, id);
        var native = candidate?.NonEmptyText("finishReason"u8) ?? blocked;
        var stop =
            candidate is null && blocked is not null
                ? StopReason.ContentFilter
                : GeminiFinish.Read(native, blocks.Any(block => block is Block.ToolCall));
        return new Answer
        {
            Id = id,
            Model = root.Text("modelVersion"u8) ?? "",
            Blocks = blocks,
            Stop = stop,
            NativeStop = native,
            Usage = root.Object("usageMetadata"u8) is { } usage
                ? GeminiUsage.Read(usage.RawUtf8())
                : null,
        };
    }

    /// <summary>The only candidate: more than one is never asked for.</summary>
    public static JsonElement? Candidate(JsonElement root)
    {
        foreach (var candidate in root.Items("candidates"u8))
        {
            return candidate;
        }
        return null;
    }

    public static void Write(Answer answer, AnswerFrame frame, IBufferWriter<byte> to)
    {
        using var writer = WireJson.NewWriter(to);
        writer.WriteStartObject();
        var finish = GeminiFinish.Write(answer.Stop, answer.NativeStop);
        if (finish is null)
        {
            WriteBlocked(writer, answer.NativeStop!);
        }
        else
        {
            WriteCandidate(writer, answer, finish);
        }
        if (answer.Usage is { } usage)
        {
            writer.WriteStartObject("usageMetadata"u8);
            GeminiUsage.Write(writer, usage);
            CostJson.WriteMembers(writer, frame.Cost);
            writer.WriteEndObject();
        }
        writer.WriteString("modelVersion"u8, frame.Model);
        writer.WriteString("responseId"u8, IdOf(answer.Id, frame));
        writer.WriteEndObject();
    }

    public static string IdOf(string? upstream, AnswerFrame frame) =>
        upstream is { Length: > 0 } id ? id : frame.Generation.Value;

    public static void WriteBlocked(Utf8JsonWriter writer, string reason)
    {
        writer.WriteStartObject("promptFeedback"u8);
        writer.WriteString("blockReason"u8, reason);
        writer.WriteEndObject();
    }

    private static List<Block> ReadBlocks(JsonElement? candidate, string id)
    {
        var blocks = new List<Block>();
        if (candidate is not { } found)
        {
            return blocks;
        }
        foreach (var part in found.Object("content"u8)?.Items("parts"u8) ?? default)
        {
            if (GeminiParts.Read(part, ToolCallIds.Make(id, blocks.Count)) is { } block)
            {
                blocks.Add(block);
            }
        }
        if (
            GeminiLogprobs.Read(found) is { } tokens
            && blocks.FindIndex(block => block is Block.Text) is >= 0 and var at
        )
        {
            blocks[at] = (Block.Text)blocks[at] with { Logprobs = tokens };
        }
        return blocks;
    }

    private static void WriteCandidate(Utf8JsonWriter writer, Answer answer, string finish)
    {
        writer.WriteStartArray("candidates"u8);
        writer.WriteStartObject();
        writer.WriteStartObject("content"u8);
        writer.WriteStartArray("parts"u8);
        foreach (var block in answer.Blocks)
        {
            GeminiParts.WriteAnswer(writer, block);
        }
        writer.WriteEndArray();
        writer.WriteString("role"u8, "model"u8);
        writer.WriteEndObject();
        writer.WriteString("finishReason"u8, finish);
        writer.WriteNumber("index"u8, 0);
        var logprobs = answer.Blocks.OfType<Block.Text>().Select(t => t.Logprobs);
        if (logprobs.FirstOrDefault(tokens => tokens is not null) is { } found)
        {
            GeminiLogprobs.Write(writer, found);
        }
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}
