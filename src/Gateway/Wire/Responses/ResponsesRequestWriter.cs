using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// Writes a conversation as a Responses request. Nothing is stored at the provider; its encrypted
/// thoughts come back to us instead, for the client to keep.
/// </summary>
internal sealed class ResponsesRequestWriter
{
    private readonly Conversation _conversation;
    private readonly UpstreamTarget _target;
    private readonly RequestGaps _gaps;
    private readonly ArrayBufferWriter<byte> _body = new(4096);

    private ResponsesRequestWriter(Conversation conversation, UpstreamTarget target)
    {
        (_conversation, _target) = (conversation, target);
        _gaps = new RequestGaps(conversation, target);
    }

    public static Outcome<TranslatedRequest> Write(Conversation from, UpstreamTarget target) =>
        new ResponsesRequestWriter(from, target).Write();

    private Outcome<TranslatedRequest> Write()
    {
        RefuseWhatHasNoWords();
        using (var json = WireJson.NewWriter(_body))
        {
            json.WriteStartObject();
            json.WriteString("model"u8, _target.UpstreamModel);
            new ResponsesTurnsWriter(json, _target, _gaps).Write(_conversation.Turns);
            WriteTools(json);
            WriteLimits(json);
            WriteText(json);
            WriteReasoning(json);
            WriteInclude(json);
            WriteExtras(json);
            json.WriteBoolean("store"u8, false);
            if (_conversation.Stream)
            {
                json.WriteBoolean("stream"u8, true);
            }
            json.WriteEndObject();
        }
        return _gaps.Result(_body.WrittenMemory);
    }

    private void RefuseWhatHasNoWords()
    {
        if (_conversation.Choices != 1)
        {
            _gaps.Refuse("n", "This model gives one answer to a request: leave 'n' out.");
        }
        if (_conversation.Stop.Any(stop => stop.Length > 0))
        {
            _gaps.RefuseUnlessLenient(
                "stop",
                "This model's provider knows no stop sequences: leave them out."
            );
        }
        _gaps.DropIf(_conversation.Seed is not null, "seed");
        _gaps.DropIf(_conversation.PresencePenalty is not null, "presence_penalty");
        _gaps.DropIf(_conversation.FrequencyPenalty is not null, "frequency_penalty");
        _gaps.DropIf(_conversation.LogitBias is not null, "logit_bias");
        _gaps.DropIf(_conversation.TopK is not null, "top_k");
        _gaps.DropIf(_conversation.Tools.Any(tool => tool.Cache is not null), "cache_control");
    }

    private void WriteTools(Utf8JsonWriter json)
    {
        var tools = _conversation.Tools;
        if (tools.Count == 0)
        {
            return;
        }
        json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
        {
            if (tool.ServerTool is { Vendor: not Vendor.OpenAi })
            {
                _gaps.Refuse(
                    "tools",
                    $"The tool '{tool.Name}' is run by another provider and not there for this "
                        + "model."
                );
                continue;
            }
            ResponsesToolJson.WriteTool(json, tool);
        }
        json.WriteEndArray();
        if (_conversation.ToolChoice is { } choice)
        {
            ResponsesToolJson.WriteChoice(json, choice, tools);
        }
        if (_conversation.ParallelToolCalls is { } parallel)
        {
            json.WriteBoolean("parallel_tool_calls"u8, parallel);
        }
    }

    private void WriteLimits(Utf8JsonWriter json)
    {
        if ((_conversation.MaxOutputTokens ?? _target.MaxOutputTokens) is { } tokens)
        {
            json.WriteNumber("max_output_tokens"u8, tokens);
        }
        if (!_gaps.AcceptsSampling())
        {
            return;
        }
        if (_conversation.Temperature is { } temperature)
        {
            json.WriteNumber("temperature"u8, temperature);
        }
        if (_conversation.TopP is { } topP)
        {
            json.WriteNumber("top_p"u8, topP);
        }
    }

    private void WriteText(Utf8JsonWriter json)
    {
        if (_conversation.Format is { Json: true } || _conversation.Verbosity is not null)
        {
            ResponsesFormatJson.Write(json, _conversation.Format, _conversation.Verbosity);
        }
    }

    private void WriteReasoning(Utf8JsonWriter json)
    {
        var effort = _gaps.Effort();
        var wish = _conversation.Reasoning;
        // Who asked for thoughts in another format wants to see them.
        var summary = wish?.Summary ?? (wish is { Disabled: false, Effort: null } ? "auto" : null);
        var isThere = effort is not null || summary is not null;
        if (!isThere || !_target.SupportsReasoning)
        {
            return;
        }
        json.WriteStartObject("reasoning"u8);
        if (effort is not null)
        {
            json.WriteString("effort"u8, effort);
        }
        if (summary is not null)
        {
            json.WriteString("summary"u8, summary);
        }
        json.WriteEndObject();
    }

    private void WriteInclude(Utf8JsonWriter json)
    {
        if (_conversation.Logprobs && _conversation.TopLogprobs is { } top)
        {
            json.WriteNumber("top_logprobs"u8, top);
        }
        if (!_conversation.Logprobs && !_target.SupportsReasoning)
        {
            return;
        }
        json.WriteStartArray("include"u8);
        if (_target.SupportsReasoning)
        {
            json.WriteStringValue("reasoning.encrypted_content"u8);
        }
        if (_conversation.Logprobs)
        {
            json.WriteStringValue("message.output_text.logprobs"u8);
        }
        json.WriteEndArray();
    }

    private void WriteExtras(Utf8JsonWriter json)
    {
        WriteIfAny(json, "user"u8, _gaps.EndUser());
        WriteIfAny(json, "service_tier"u8, _conversation.ServiceTier);
        WriteIfAny(json, "prompt_cache_key"u8, _conversation.PromptCacheKey);
        if (_conversation.Metadata is { } metadata)
        {
            json.WritePropertyName("metadata"u8);
            metadata.WriteTo(json);
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
