using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Writes a finished <c>chat.completion</c>.</summary>
internal static class ChatAnswerWriter
{
    public static void Write(Answer answer, AnswerFrame frame, IBufferWriter<byte> to)
    {
        var finish = ChatStopReasons.Write(answer.Stop, answer.NativeStop);
        using var writer = WireJson.NewWriter(to);
        writer.WriteStartObject();
        var id = answer.Id.Length > 0 ? answer.Id : frame.Generation.Value;
        ChatHead.Write(writer, frame, id, "chat.completion"u8);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        WriteMessage(writer, answer);
        WriteLogprobs(writer, answer);
        writer.WriteString("finish_reason"u8, finish);
        if (answer.NativeStop is { } native)
        {
            writer.WriteString("native_finish_reason"u8, native);
        }
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (answer.Usage is { } usage)
        {
            UsageJson.WriteChat(writer, usage, frame.Cost);
            if (usage.ServiceTier is { } tier)
            {
                writer.WriteString("service_tier"u8, tier);
            }
        }
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, Answer answer)
    {
        var blocks = answer.Blocks;
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        var texts = blocks.OfType<Block.Text>().ToList();
        var calls = blocks.OfType<Block.ToolCall>().ToList();
        var refusals = blocks.OfType<Block.Refusal>().ToList();
        // A turn without any word is "": null stands beside calls or a refusal only.
        var hasContent = texts.Count > 0 || (calls.Count == 0 && refusals.Count == 0);
        WriteText(writer, "content"u8, hasContent, texts.Select(text => text.Value));
        WriteText(writer, "refusal"u8, refusals.Count > 0, refusals.Select(said => said.Value));
        WriteThoughts(writer, blocks.OfType<Block.Reasoning>().ToList());
        WriteCalls(writer, calls);
        WriteImages(writer, blocks.OfType<Block.Image>().ToList());
        ChatAnnotations.Write(writer, texts);
        if (texts.FindLast(text => ThoughtSignature.Of(text) is not null) is { } signed)
        {
            CallSignature.Write(writer, signed);
        }
        writer.WriteEndObject();
    }

    private static void WriteText(
        Utf8JsonWriter writer,
        ReadOnlySpan<byte> name,
        bool isThere,
        IEnumerable<string> texts
    )
    {
        if (isThere)
        {
            writer.WriteString(name, string.Concat(texts));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteThoughts(Utf8JsonWriter writer, List<Block.Reasoning> thoughts)
    {
        if (thoughts.Count == 0)
        {
            return;
        }
        var shown = string.Concat(thoughts.Select(thought => thought.Value));
        if (shown.Length > 0)
        {
            writer.WriteString("reasoning_content"u8, shown);
        }
        ReasoningDetails.WriteAll(writer, thoughts);
    }

    private static void WriteCalls(Utf8JsonWriter writer, List<Block.ToolCall> calls)
    {
        if (calls.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, call.Id);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, call.Name);
            writer.WriteString("arguments"u8, call.ArgumentsJson);
            writer.WriteEndObject();
            CallSignature.Write(writer, call);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    internal static void WriteImages(Utf8JsonWriter writer, IReadOnlyList<Block.Image> images)
    {
        if (images.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("images"u8);
        foreach (var image in images)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "image_url"u8);
            writer.WriteStartObject("image_url"u8);
            writer.WriteString("url"u8, image.Source.Url ?? MediaData.ToDataUrl(image.Source));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteLogprobs(Utf8JsonWriter writer, Answer answer)
    {
        var tokens = answer
            .Blocks.OfType<Block.Text>()
            .SelectMany(text => text.Logprobs ?? [])
            .ToList();
        if (tokens.Count == 0)
        {
            writer.WriteNull("logprobs"u8);
            return;
        }
        writer.WriteStartObject("logprobs"u8);
        LogprobsJson.Write(writer, "content"u8, tokens);
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
    }
}
