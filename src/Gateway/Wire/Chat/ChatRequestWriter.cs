using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Writes a conversation as a Chat Completions request for one host.</summary>
internal sealed class ChatRequestWriter
{
    private readonly Conversation _conversation;
    private readonly UpstreamTarget _target;
    private readonly ChatHost _host;
    private readonly RequestGaps _gaps;
    private readonly ArrayBufferWriter<byte> _body = new(4096);

    private ChatRequestWriter(Conversation conversation, UpstreamTarget target)
    {
        (_conversation, _target) = (conversation, target);
        _host = ChatHost.Of(target.Provider);
        _gaps = new RequestGaps(conversation, target);
    }

    public static Outcome<TranslatedRequest> Write(Conversation from, UpstreamTarget target) =>
        new ChatRequestWriter(from, target).Write();

    private Outcome<TranslatedRequest> Write()
    {
        using (var json = WireJson.NewWriter(_body))
        {
            json.WriteStartObject();
            json.WriteString("model"u8, _target.UpstreamModel);
            json.WriteStartArray("messages"u8);
            var turns = new ChatTurnsWriter(json, _host, _gaps);
            foreach (var turn in _conversation.Turns)
            {
                turns.Write(turn);
            }
            json.WriteEndArray();
            WriteStream(json);
            ChatToolWriter.Write(json, _conversation, _host, _gaps);
            WriteLimits(json);
            WriteSampling(json);
            WriteLogprobs(json);
            WriteFormat(json);
            WriteReasoning(json);
            WriteExtras(json);
            json.WriteEndObject();
        }
        return _gaps.Result(_body.WrittenMemory);
    }

    private void WriteStream(Utf8JsonWriter json)
    {
        if (!_conversation.Stream)
        {
            return;
        }
        json.WriteBoolean("stream"u8, true);
        // Asked for whether the client did or not: the price hangs on it.
        if (_host.HasStreamOptions)
        {
            json.WriteStartObject("stream_options"u8);
            json.WriteBoolean("include_usage"u8, true);
            json.WriteEndObject();
        }
    }

    private void WriteLimits(Utf8JsonWriter json)
    {
        if ((_conversation.MaxOutputTokens ?? _target.MaxOutputTokens) is { } tokens)
        {
            json.WriteNumber(_host.MaxTokens, tokens);
        }
        if (_conversation.Choices != 1)
        {
            json.WriteNumber("n"u8, _conversation.Choices);
        }
        if (_conversation.Stop.Count > 0)
        {
            json.WriteStartArray("stop"u8);
            foreach (var stop in _conversation.Stop.Where(stop => stop.Length > 0))
            {
                json.WriteStringValue(stop);
            }
            json.WriteEndArray();
        }
    }

    private void WriteSampling(Utf8JsonWriter json)
    {
        if (_gaps.AcceptsSampling())
        {
            WriteNumber(json, "temperature"u8, _conversation.Temperature);
            WriteNumber(json, "top_p"u8, _conversation.TopP);
        }
        if (_conversation.TopK is { } topK && _host.HasTopK)
        {
            json.WriteNumber("top_k"u8, topK);
        }
        _gaps.DropIf(_conversation.TopK is not null && !_host.HasTopK, "top_k");
        if (_conversation.Seed is { } seed)
        {
            json.WriteNumber(_host.Seed, seed);
        }
        WriteNumber(json, "presence_penalty"u8, _conversation.PresencePenalty);
        WriteNumber(json, "frequency_penalty"u8, _conversation.FrequencyPenalty);
        if (_conversation.LogitBias is { } bias)
        {
            if (_host.HasLogitBias)
            {
                json.WritePropertyName("logit_bias"u8);
                bias.WriteTo(json);
            }
            else
            {
                _gaps.Drop("logit_bias");
            }
        }
    }

    private void WriteLogprobs(Utf8JsonWriter json)
    {
        if (!_conversation.Logprobs)
        {
            return;
        }
        if (!_host.HasLogprobs)
        {
            _gaps.Refuse("logprobs", "This model's provider gives no log probabilities.");
            return;
        }
        json.WriteBoolean("logprobs"u8, true);
        if (_conversation.TopLogprobs is { } top)
        {
            json.WriteNumber("top_logprobs"u8, top);
        }
    }

    private void WriteFormat(Utf8JsonWriter json)
    {
        if (_conversation.Format is not { Json: true } format)
        {
            return;
        }
        json.WriteStartObject("response_format"u8);
        if (format.Schema is { } schema)
        {
            json.WriteString("type"u8, "json_schema"u8);
            json.WriteStartObject("json_schema"u8);
            json.WriteString("name"u8, format.Name ?? "answer");
            if (format.Description is { } description)
            {
                json.WriteString("description"u8, description);
            }
            json.WritePropertyName("schema"u8);
            schema.WriteTo(json);
            if (format.Strict is { } strict)
            {
                json.WriteBoolean("strict"u8, strict);
            }
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("type"u8, "json_object"u8);
        }
        json.WriteEndObject();
    }

    private void WriteReasoning(Utf8JsonWriter json)
    {
        if (_host.IsOpenRouter && _conversation.Reasoning is { } wish)
        {
            WriteOpenRouterReasoning(json, wish);
            return;
        }
        if (_host.HasThinkingSwitch && _conversation.Reasoning is { } said)
        {
            json.WriteStartObject("thinking"u8);
            json.WriteString("type"u8, said.Disabled ? "disabled"u8 : "enabled"u8);
            json.WriteEndObject();
            if (said.Disabled)
            {
                return;
            }
        }
        if (_gaps.Effort() is not { } effort)
        {
            return;
        }
        if (_host.HasEffort)
        {
            json.WriteString("reasoning_effort"u8, effort);
        }
        else
        {
            _gaps.Drop("reasoning_effort");
        }
    }

    private static void WriteOpenRouterReasoning(Utf8JsonWriter json, ReasoningWish wish)
    {
        json.WriteStartObject("reasoning"u8);
        if (wish.Disabled)
        {
            json.WriteBoolean("enabled"u8, false);
        }
        else if (wish.Effort is { } effort)
        {
            json.WriteString("effort"u8, effort);
        }
        else if (wish.BudgetTokens is { } budget)
        {
            json.WriteNumber("max_tokens"u8, budget);
        }
        else
        {
            json.WriteBoolean("enabled"u8, true);
        }
        json.WriteEndObject();
    }

    private void WriteExtras(Utf8JsonWriter json)
    {
        WriteOrDrop(json, "user", _gaps.EndUser(), _host.HasUser);
        WriteOrDrop(json, "service_tier", _conversation.ServiceTier, _host.HasServiceTier);
        WriteOrDrop(json, "prompt_cache_key", _conversation.PromptCacheKey, _host.HasOpenAiExtras);
        WriteOrDrop(json, "verbosity", _conversation.Verbosity, _host.HasOpenAiExtras);
        // OpenAI takes it with stored completions only, and nothing is stored here.
        _gaps.DropIf(_conversation.Metadata is not null, "metadata");
    }

    private void WriteOrDrop(Utf8JsonWriter json, string name, string? value, bool isKnown)
    {
        if (value is null)
        {
            return;
        }
        if (isKnown)
        {
            json.WriteString(name, value);
        }
        else
        {
            _gaps.Drop(name);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
