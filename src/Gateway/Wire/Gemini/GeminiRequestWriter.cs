using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Writes a conversation as a generateContent request. Model and stream are in the URL.</summary>
internal sealed class GeminiRequestWriter(Conversation conversation, UpstreamTarget target)
{
    private const int StopSequencesMax = 5;

    private readonly RequestProblems _problems = new();
    private readonly DroppedParameters _dropped = new(conversation.UnknownFields);

    public Outcome<TranslatedRequest> Write()
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = WireJson.NewWriter(body))
        {
            writer.WriteStartObject();
            new GeminiContents(target, _problems, _dropped).Write(writer, conversation.Turns);
            WriteTools(writer);
            writer.WriteStartObject("generationConfig"u8);
            WriteSampling(writer);
            WriteFormat(writer);
            new GeminiThinking(target, _problems, _dropped).Write(writer, conversation.Reasoning);
            writer.WriteEndObject();
            WriteServiceTier(writer);
            writer.WriteEndObject();
        }
        DropRest();
        return _problems.First is { } denial
            ? denial
            : new TranslatedRequest(body.WrittenMemory, _dropped.Names);
    }

    private void WriteTools(Utf8JsonWriter writer)
    {
        if (conversation.Tools.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("tools"u8);
        var functions = conversation.Tools.Where(tool => tool.ServerTool is null).ToList();
        if (functions.Count > 0)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("functionDeclarations"u8);
            functions.ForEach(tool => WriteFunction(writer, tool));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        for (var i = 0; i < conversation.Tools.Count; i++)
        {
            WriteServerTool(writer, conversation.Tools[i], i);
        }
        writer.WriteEndArray();
        WriteChoice(writer);
    }

    private void WriteFunction(Utf8JsonWriter writer, Tool tool)
    {
        DropIf(tool.Cache is not null, "cache_control");
        DropIf(tool.Strict == true, "tools.strict");
        writer.WriteStartObject();
        writer.WriteString("name"u8, tool.Name);
        if (tool.Description is { } description)
        {
            writer.WriteString("description"u8, description);
        }
        if (tool.Schema is { } schema)
        {
            // The older member, `parameters`, refuses much of JSON Schema.
            writer.WritePropertyName("parametersJsonSchema"u8);
            writer.WriteRaw(schema);
        }
        writer.WriteEndObject();
    }

    private void WriteServerTool(Utf8JsonWriter writer, Tool tool, int index)
    {
        if (tool.ServerTool is { Vendor: Vendor.Google } own)
        {
            writer.WriteRaw(own.Json);
        }
        else if (tool.ServerTool is not null)
        {
            _problems.Unsupported(
                $"tools[{index}]",
                $"The tool '{tool.Name}' is run by another provider, not by this model's."
            );
        }
    }

    private void WriteChoice(Utf8JsonWriter writer)
    {
        if (conversation.ToolChoice is not { } choice)
        {
            return;
        }
        writer.WriteStartObject("toolConfig"u8);
        writer.WriteStartObject("functionCallingConfig"u8);
        writer.WriteString(
            "mode"u8,
            choice.Mode switch
            {
                ToolChoiceMode.None => "NONE",
                ToolChoiceMode.Any or ToolChoiceMode.Named => "ANY",
                _ => "AUTO",
            }
        );
        if (choice is { Mode: ToolChoiceMode.Named, Name: { } name })
        {
            writer.WriteStartArray("allowedFunctionNames"u8);
            writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteSampling(Utf8JsonWriter writer)
    {
        WriteNumber(writer, "maxOutputTokens"u8, MaxTokens());
        WriteNumber(writer, "temperature"u8, Taken("temperature", conversation.Temperature));
        WriteNumber(writer, "topP"u8, Taken("top_p", conversation.TopP));
        WriteNumber(writer, "topK"u8, Taken("top_k", conversation.TopK));
        WriteNumber(writer, "presencePenalty"u8, conversation.PresencePenalty);
        WriteNumber(writer, "frequencyPenalty"u8, conversation.FrequencyPenalty);
        if (conversation.Seed is >= int.MinValue and <= int.MaxValue)
        {
            WriteNumber(writer, "seed"u8, conversation.Seed);
        }
        else
        {
            DropIf(conversation.Seed is not null, "seed");
        }
        if (conversation.Stop.Count > StopSequencesMax)
        {
            _problems.Unsupported("stop", "Gemini takes at most five stop sequences.");
        }
        var stops = conversation.Stop.Where(stop => stop.Length > 0).ToList();
        DropIf(stops.Count < conversation.Stop.Count, "stop");
        if (stops.Count > 0)
        {
            writer.WriteStartArray("stopSequences"u8);
            stops.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }
        if (conversation.Logprobs)
        {
            writer.WriteBoolean("responseLogprobs"u8, true);
            WriteNumber(writer, "logprobs"u8, conversation.TopLogprobs);
        }
    }

    private long? MaxTokens()
    {
        var wanted = conversation.MaxOutputTokens ?? target.MaxOutputTokens;
        if (target.OutputTokensMax is { } max && wanted > max)
        {
            _dropped.Add("max_tokens");
            return max;
        }
        return wanted;
    }

    private T? Taken<T>(string name, T? value)
        where T : struct
    {
        if (value is null || target.AcceptsSampling)
        {
            return value;
        }
        if (target.Lenient)
        {
            _dropped.Add(name);
        }
        else
        {
            _problems.Unsupported(name, $"This model does not take '{name}'.");
        }
        return null;
    }

    private void WriteFormat(Utf8JsonWriter writer)
    {
        if (conversation.Format is not { Json: true } format)
        {
            return;
        }
        writer.WriteString("responseMimeType"u8, "application/json"u8);
        if (format.Schema is { } schema)
        {
            writer.WritePropertyName("responseJsonSchema"u8);
            writer.WriteRaw(schema);
        }
    }

    private void WriteServiceTier(Utf8JsonWriter writer)
    {
        switch (conversation.ServiceTier)
        {
            case null or "auto" or "default":
                break;
            case "flex" or "priority" when target.Provider != "vertex":
                writer.WriteString("serviceTier"u8, conversation.ServiceTier);
                break;
            default:
                _dropped.Add("service_tier");
                break;
        }
    }

    private void DropRest()
    {
        if (conversation.Choices != 1)
        {
            _problems.Unsupported("n", "Gemini gives one answer per request here.");
        }
        DropIf(conversation.ParallelToolCalls == false, "parallel_tool_calls");
        DropIf(conversation.LogitBias is not null, "logit_bias");
        DropIf(conversation.EndUser is not null, "user");
        DropIf(conversation.Metadata is not null, "metadata");
        DropIf(conversation.PromptCacheKey is not null, "prompt_cache_key");
        DropIf(conversation.Verbosity is not null, "verbosity");
    }

    private void DropIf(bool condition, string name)
    {
        if (condition)
        {
            _dropped.Add(name);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}
