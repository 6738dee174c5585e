using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Messages;

/// <summary>Writes a conversation as a Messages request.</summary>
internal sealed class MessagesRequestWriter(Conversation conversation, UpstreamTarget target)
{
    private readonly RequestProblems _problems = new();
    private readonly DroppedParameters _dropped = new(conversation.UnknownFields);

    public Outcome<TranslatedRequest> Write()
    {
        if (MaxTokens() is not { } maxTokens)
        {
            return new Denial.InvalidRequest(
                "'max_tokens' is required for this model.",
                "max_tokens"
            );
        }
        var turns = MessagesTurns.Of(conversation, _problems, _dropped);
        var thinking = MessagesThinking.Plan(conversation, target, maxTokens, _problems, _dropped);
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = WireJson.NewWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("model"u8, target.UpstreamModel);
            writer.WriteNumber("max_tokens"u8, maxTokens);
            var content = new MessagesContentWriter(writer, _problems, _dropped);
            WriteTurns(writer, turns, content);
            new MessagesToolsWriter(conversation, target, _problems, _dropped).Write(writer);
            thinking.Write(writer);
            WriteOutput(writer, thinking);
            WriteSampling(writer, thinking);
            WriteRest(writer);
            writer.WriteEndObject();
        }
        DropRest();
        return _problems.First is { } denial
            ? denial
            : new TranslatedRequest(body.WrittenMemory, _dropped.Names);
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

    private static void WriteTurns(
        Utf8JsonWriter writer,
        MessagesTurns turns,
        MessagesContentWriter content
    )
    {
        if (turns.System.Count > 0)
        {
            writer.WritePropertyName("system"u8);
            content.Write(turns.System);
        }
        writer.WriteStartArray("messages"u8);
        foreach (var message in turns.Messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role"u8, message.IsAssistant ? "assistant"u8 : "user"u8);
            writer.WritePropertyName("content"u8);
            content.Write(message.Blocks);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private void WriteOutput(Utf8JsonWriter writer, MessagesThinking thinking)
    {
        var format = conversation.Format is { Json: true } wanted ? wanted : null;
        if (format is { Schema: null })
        {
            _problems.Unsupported(
                "response_format",
                "Claude has no free-form JSON mode; send a JSON Schema instead."
            );
        }
        if (format?.Schema is null && thinking.Effort is null)
        {
            return;
        }
        writer.WriteStartObject("output_config"u8);
        if (thinking.Effort is { } effort)
        {
            writer.WriteString("effort"u8, effort);
        }
        if (format?.Schema is { } schema)
        {
            writer.WriteStartObject("format"u8);
            writer.WriteString("type"u8, "json_schema"u8);
            writer.WritePropertyName("schema"u8);
            writer.WriteRaw(schema);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private void WriteSampling(Utf8JsonWriter writer, MessagesThinking thinking)
    {
        // 1 is the default of both; to say it is an error where sampling is not taken.
        var temperature = conversation.Temperature is 1 ? null : conversation.Temperature;
        var topP = conversation.TopP is 1 ? null : conversation.TopP;
        if (temperature > 1)
        {
            _dropped.Add("temperature");
            temperature = null;
        }
        if (!target.AcceptsSampling)
        {
            temperature = Refused("temperature", temperature);
            topP = Refused("top_p", topP);
            Refused("top_k", conversation.TopK);
            return;
        }
        if (thinking.IsOn)
        {
            DropIf(temperature is not null, "temperature");
            DropIf(topP < 0.95, "top_p");
            DropIf(conversation.TopK is not null, "top_k");
            WriteNumber(writer, "top_p"u8, topP < 0.95 ? null : topP);
            return;
        }
        // Claude 4.5 and later take one of the two.
        DropIf(temperature is not null && topP is not null, "top_p");
        WriteNumber(writer, "temperature"u8, temperature);
        WriteNumber(writer, "top_p"u8, temperature is null ? topP : null);
        WriteNumber(writer, "top_k"u8, conversation.TopK);
    }

    private T? Refused<T>(string name, T? value)
        where T : struct
    {
        if (value is not null && target.Lenient)
        {
            _dropped.Add(name);
        }
        else if (value is not null)
        {
            _problems.Unsupported(name, $"This model does not take '{name}'.");
        }
        return null;
    }

    private void WriteRest(Utf8JsonWriter writer)
    {
        var stops = conversation.Stop.Where(s => !string.IsNullOrWhiteSpace(s)).ToList();
        DropIf(stops.Count < conversation.Stop.Count, "stop");
        if (stops.Count > 0)
        {
            writer.WriteStartArray("stop_sequences"u8);
            stops.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }
        // An e-mail address is no opaque id, and Anthropic asks for no names.
        var user = conversation.EndUser;
        DropIf(user?.Contains('@', StringComparison.Ordinal) == true, "user");
        if (user is not null && !user.Contains('@', StringComparison.Ordinal))
        {
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("user_id"u8, user);
            writer.WriteEndObject();
        }
        switch (conversation.ServiceTier)
        {
            case "auto":
                writer.WriteString("service_tier"u8, "auto"u8);
                break;
            case "default":
                writer.WriteString("service_tier"u8, "standard_only"u8);
                break;
            case not null:
                _dropped.Add("service_tier");
                break;
        }
        if (conversation.Stream)
        {
            writer.WriteBoolean("stream"u8, true);
        }
    }

    private void DropRest()
    {
        if (conversation.Choices != 1)
        {
            _problems.Unsupported("n", "Claude gives one answer per request.");
        }
        if (conversation.Logprobs || conversation.TopLogprobs is > 0)
        {
            _problems.Unsupported("logprobs", "Claude does not tell log probabilities.");
        }
        DropIf(conversation.Seed is not null, "seed");
        DropIf(conversation.LogitBias is not null, "logit_bias");
        DropIf(conversation.PresencePenalty is not (null or 0), "presence_penalty");
        DropIf(conversation.FrequencyPenalty is not (null or 0), "frequency_penalty");
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
}
