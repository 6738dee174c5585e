using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>What a response object says about itself beside its output.</summary>
internal sealed record ResponseFacts
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public string? Incomplete { get; init; }

    /// <summary>Why it is incomplete in the words of who ended it.</summary>
    public string? NativeReason { get; init; }

    public ErrorFacts? Error { get; init; }

    public TokenUsage? Usage { get; init; }

    public Cost? Cost { get; init; }
}

/// <summary>
/// Writes the whole response object, with the fields of the request that it repeats: official clients
/// declare them as present.
/// </summary>
internal static class ResponseJson
{
    public static void Write(
        Utf8JsonWriter json,
        AnswerFrame frame,
        ResponseFacts facts,
        IReadOnlyList<OutputItem> output
    )
    {
        json.WriteStartObject();
        json.WriteString("id"u8, facts.Id);
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, frame.CreatedUnixSeconds);
        json.WriteString("status"u8, facts.Status);
        json.WriteBoolean("background"u8, false);
        WriteError(json, facts.Error);
        WriteIncomplete(json, facts);
        WriteInstructions(json, frame.Request);
        WriteWhole(json, "max_output_tokens"u8, frame.Request?.MaxOutputTokens);
        json.WriteNull("max_tool_calls"u8);
        json.WriteString("model"u8, frame.Model);
        json.WriteStartArray("output"u8);
        foreach (var item in output)
        {
            ItemJson.Write(json, item);
        }
        json.WriteEndArray();
        WriteRequest(json, frame.Request);
        if (facts.Usage is { } usage)
        {
            json.WriteString("service_tier"u8, usage.ServiceTier ?? "default");
            UsageJson.WriteResponses(json, usage, facts.Cost);
        }
        else
        {
            json.WriteString("service_tier"u8, frame.Request?.ServiceTier ?? "auto");
            json.WriteNull("usage"u8);
        }
        json.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter json, ErrorFacts? error)
    {
        if (error is null)
        {
            json.WriteNull("error"u8);
            return;
        }
        json.WritePropertyName("error"u8);
        ErrorJson.WriteError(WireFormat.OpenAiResponses, error, json);
    }

    private static void WriteIncomplete(Utf8JsonWriter json, ResponseFacts facts)
    {
        if (facts.Incomplete is null)
        {
            json.WriteNull("incomplete_details"u8);
            return;
        }
        json.WriteStartObject("incomplete_details"u8);
        json.WriteString("reason"u8, facts.Incomplete);
        if (facts.NativeReason is { } native && native != facts.Incomplete)
        {
            json.WriteString("native_reason"u8, native);
        }
        json.WriteEndObject();
    }

    private static void WriteInstructions(Utf8JsonWriter json, Conversation? request)
    {
        var text = request
            ?.Turns.SelectMany(turn => turn.Blocks)
            .OfType<Block.Text>()
            .FirstOrDefault(block => ItemBag.IsInstructions(block));
        json.WriteString("instructions"u8, text?.Value);
    }

    private static void WriteRequest(Utf8JsonWriter json, Conversation? request)
    {
        json.WriteBoolean("parallel_tool_calls"u8, request?.ParallelToolCalls ?? true);
        json.WriteNull("previous_response_id"u8);
        json.WriteString("prompt_cache_key"u8, request?.PromptCacheKey);
        json.WriteStartObject("reasoning"u8);
        json.WriteString("effort"u8, request?.Reasoning?.Effort);
        json.WriteString("summary"u8, request?.Reasoning?.Summary);
        json.WriteEndObject();
        json.WriteBoolean("store"u8, false);
        json.WriteNumber("temperature"u8, request?.Temperature ?? 1);
        ResponsesFormatJson.Write(json, request?.Format, request?.Verbosity ?? "medium");
        if (request?.ToolChoice is { } choice)
        {
            ResponsesToolJson.WriteChoice(json, choice, request.Tools);
        }
        else
        {
            json.WriteString("tool_choice"u8, "auto"u8);
        }
        json.WriteStartArray("tools"u8);
        foreach (var tool in request?.Tools ?? [])
        {
            ResponsesToolJson.WriteTool(json, tool);
        }
        json.WriteEndArray();
        json.WriteNumber("top_logprobs"u8, request?.TopLogprobs ?? 0);
        json.WriteNumber("top_p"u8, request?.TopP ?? 1);
        json.WriteString("truncation"u8, "disabled"u8);
        json.WriteString("user"u8, request?.EndUser);
        json.WritePropertyName("metadata"u8);
        if (request?.Metadata is { } metadata)
        {
            metadata.WriteTo(json);
        }
        else
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
    }

    private static void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
