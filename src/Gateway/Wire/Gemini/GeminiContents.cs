using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>
/// Writes turns as <c>contents</c>: neighbours of one role in one content, results first, media of
/// results after them, and each turn of calls signed as Gemini 3 demands.
/// </summary>
internal sealed class GeminiContents(
    UpstreamTarget target,
    RequestProblems problems,
    DroppedParameters dropped
)
{
    /// <summary>What Google accepts on calls that another model made.</summary>
    public const string SkipValidation = "skip_thought_signature_validator";

    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    private bool IsVertex => target.Provider == "vertex";

    private bool ChecksSignatures =>
        !target.UpstreamModel.Contains("gemini-1", StringComparison.Ordinal)
        && !target.UpstreamModel.Contains("gemini-2", StringComparison.Ordinal);

    public void Write(Utf8JsonWriter writer, IReadOnlyList<Turn> turns)
    {
        WriteSystem(writer, turns);
        writer.WriteStartArray("contents"u8);
        foreach (var (isModel, blocks) in Merge(turns))
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, isModel ? "model"u8 : "user"u8);
            writer.WriteStartArray("parts"u8);
            WriteParts(writer, blocks);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private void WriteSystem(Utf8JsonWriter writer, IReadOnlyList<Turn> turns)
    {
        var blocks = turns
            .Where(turn => turn.Role is Role.System or Role.Developer)
            .SelectMany(turn => turn.Blocks)
            .Where(block => block is not Block.Text { Value.Length: 0 })
            .ToList();
        if (blocks.Count == 0)
        {
            return;
        }
        writer.WriteStartObject("systemInstruction"u8);
        writer.WriteStartArray("parts"u8);
        foreach (var block in blocks)
        {
            if (block is Block.Text text)
            {
                NoteCache(text);
                GeminiParts.WriteText(writer, text.Value, null, isThought: false);
            }
            else
            {
                problems.Unsupported("system", "Gemini takes only text as system instruction.");
            }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private List<(bool IsModel, List<Block> Blocks)> Merge(IReadOnlyList<Turn> turns)
    {
        var merged = new List<(bool IsModel, List<Block> Blocks)>();
        foreach (var turn in turns.Where(t => t.Role is Role.User or Role.Assistant))
        {
            var isModel = turn.Role == Role.Assistant;
            var blocks = turn.Blocks.Where(block => IsSayable(block, isModel)).ToList();
            if (blocks.Count == 0)
            {
                continue;
            }
            if (merged is [.., var last] && last.IsModel == isModel)
            {
                last.Blocks.AddRange(blocks);
            }
            else
            {
                merged.Add((isModel, blocks));
            }
        }
        return merged;
    }

    private bool IsSayable(Block block, bool isModel)
    {
        NoteCache(block);
        switch (block)
        {
            case Block.Text text:
                return text.Value.Length > 0 || ThoughtSignature.Of(text) is not null;
            case Block.Refusal refusal:
                return refusal.Value.Length > 0;
            case Block.Reasoning { Source: not Vendor.Google }:
                dropped.Add("reasoning_history");
                return false;
            case Block.Reasoning thought:
                return thought.Value.Length > 0 || thought.Signature is not null;
            case Block.Opaque { Content.Vendor: not Vendor.Google } when isModel:
                dropped.Add("server_tool_history");
                return false;
            case Block.Opaque { Content.Vendor: not Vendor.Google }:
                problems.Unsupported(
                    "messages.content",
                    "A part of a message is of a kind that only another provider reads."
                );
                return false;
            default:
                return true;
        }
    }

    private void WriteParts(Utf8JsonWriter writer, List<Block> blocks)
    {
        var results = blocks.OfType<Block.ToolResult>().ToList();
        foreach (var result in results)
        {
            WriteResult(writer, result);
        }
        foreach (var media in results.SelectMany(r => r.Content).Where(b => b is not Block.Text))
        {
            WritePart(writer, media, null);
        }
        var calls = blocks.OfType<Block.ToolCall>().ToList();
        var unsigned =
            ChecksSignatures && calls.All(call => ThoughtSignature.Of(call) is null)
                ? calls.FirstOrDefault()
                : null;
        foreach (var block in blocks.Where(block => block is not Block.ToolResult))
        {
            var isUnsigned = unsigned is not null && ReferenceEquals(block, unsigned);
            WritePart(writer, block, isUnsigned ? SkipValidation : ThoughtSignature.Of(block));
        }
    }

    private void WritePart(Utf8JsonWriter writer, Block block, string? signature)
    {
        switch (block)
        {
            case Block.Text text:
                GeminiParts.WriteText(writer, text.Value, signature, isThought: false);
                break;
            case Block.Refusal refusal:
                GeminiParts.WriteText(writer, refusal.Value, null, isThought: false);
                break;
            case Block.Reasoning thought:
                GeminiParts.WriteText(writer, thought.Value, thought.Signature, isThought: true);
                break;
            case Block.ToolCall call:
                _toolNames[call.Id] = call.Name;
                if (!GeminiParts.WriteCall(writer, call, signature))
                {
                    dropped.Add("tool_calls.arguments");
                }
                break;
            case Block.Image image:
                new GeminiMedia(IsVertex, problems).Write(writer, image, image.Source, "image_url");
                break;
            case Block.Document file:
                new GeminiMedia(IsVertex, problems).Write(writer, file, file.Source, "file");
                break;
            case Block.Audio audio:
                new GeminiMedia(IsVertex, problems).Write(
                    writer,
                    audio,
                    audio.Source,
                    "input_audio"
                );
                break;
            case Block.Opaque opaque:
                writer.WriteRaw(opaque.Content.Json);
                break;
        }
    }

    private void WriteResult(Utf8JsonWriter writer, Block.ToolResult result)
    {
        var name = result.ToolName ?? _toolNames.GetValueOrDefault(result.CallId);
        if (name is null)
        {
            problems.Invalid(
                "messages",
                $"A tool result answers the call '{result.CallId}', which is not in the conversation."
            );
        }
        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse"u8);
        writer.WriteString("id"u8, result.CallId);
        writer.WriteString("name"u8, name);
        writer.WritePropertyName("response"u8);
        if (
            result.Bag is { Vendor: Vendor.Google } bag
            && bag.Json.Object("response"u8) is { } response
        )
        {
            writer.WriteRaw(response);
        }
        else
        {
            var texts = result.Content.OfType<Block.Text>().Select(text => text.Value);
            writer.WriteStartObject();
            writer.WriteString(result.IsError ? "error"u8 : "result"u8, string.Join('\n', texts));
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // Google has no marks in a prompt: 400 `Unknown name "cache_control"`.
    private void NoteCache(Block block)
    {
        if (block.Cache is not null)
        {
            dropped.Add("cache_control");
        }
    }
}
