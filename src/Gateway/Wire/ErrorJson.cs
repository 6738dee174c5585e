using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// The one place that writes our errors, as bodies and inside streams. OpenAI's dialects:
/// <c>{"error":{message,type,code,param,docs_url,gateway}}</c>; Anthropic's:
/// <c>{"type":"error","error":{type,message,code,docs_url,gateway},"request_id"}</c>.
/// The shape follows the endpoint that was called, never the upstream (contract §3).
/// </summary>
public static class ErrorJson
{
    /// <summary>Writes a whole body. Responses speaks OpenAI's shape.</summary>
    public static void WriteBody(WireFormat dialect, ErrorFacts error, IBufferWriter<byte> to)
    {
        using var writer = WireJson.NewWriter(to);
        WriteValue(dialect, error, writer);
    }

    /// <summary>The same object where a writer is open already: Chat's <c>data:</c> of a failed
    /// stream and Anthropic's <c>event: error</c>.</summary>
    public static void WriteValue(WireFormat dialect, ErrorFacts error, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (dialect == WireFormat.AnthropicMessages)
        {
            writer.WriteString("type"u8, "error"u8);
        }
        writer.WritePropertyName("error"u8);
        WriteError(dialect, error, writer);
        if (dialect == WireFormat.AnthropicMessages && error.RequestId is { } requestId)
        {
            writer.WriteString("request_id"u8, requestId);
        }
        writer.WriteEndObject();
    }

    /// <summary>The inner object alone, for formats that put it elsewhere (Responses).</summary>
    public static void WriteError(WireFormat dialect, ErrorFacts error, Utf8JsonWriter writer)
    {
        var anthropic = dialect == WireFormat.AnthropicMessages;
        writer.WriteStartObject();
        if (anthropic)
        {
            writer.WriteString("type"u8, error.AnthropicType);
            writer.WriteString("message"u8, error.Message);
        }
        else
        {
            writer.WriteString("message"u8, error.Message);
            writer.WriteString("type"u8, error.OpenAiType);
        }
        writer.WriteString("code"u8, error.Code);
        if (error.Param is { } param)
        {
            writer.WriteString("param"u8, param);
        }
        else if (!anthropic)
        {
            // OpenAI's clients declare it as present and nullable.
            writer.WriteNull("param"u8);
        }
        if (anthropic && error.AnthropicErrorCode is { } detail)
        {
            WriteDetails(detail, error.Param, writer);
        }
        writer.WriteString("docs_url"u8, error.DocsUrl);
        WriteGateway(error, writer);
        writer.WriteEndObject();
    }

    private static void WriteDetails(string code, string? unsupported, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("details"u8);
        writer.WriteString("error_code"u8, code);
        writer.WriteStartArray("unsupported"u8);
        if (unsupported is not null)
        {
            writer.WriteStringValue(unsupported);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The <c>gateway</c> member, if the error has one.</summary>
    public static void WriteGateway(ErrorFacts error, Utf8JsonWriter writer)
    {
        if (error.Gateway is not { } gateway)
        {
            return;
        }
        writer.WriteStartObject("gateway"u8);
        writer.WriteString("code"u8, error.Code);
        writer.WriteString("action"u8, gateway.Action);
        if (gateway.Purpose is { } purpose)
        {
            writer.WriteString("purpose"u8, purpose);
        }
        WriteAmounts(gateway, writer);
        if (gateway.AffordableMaxTokens is { } tokens)
        {
            writer.WriteNumber("affordable_max_tokens"u8, tokens);
        }
        if (gateway.MissingScopes is { } scopes)
        {
            writer.WriteStartArray("missing_scopes"u8);
            foreach (var scope in scopes)
            {
                writer.WriteStringValue(scope);
            }
            writer.WriteEndArray();
        }
        if (gateway.RetryAfterSeconds is { } seconds)
        {
            writer.WriteNumber("retry_after_seconds"u8, seconds);
        }
        writer.WriteString("docs_url"u8, error.DocsUrl);
        writer.WriteEndObject();
    }

    private static void WriteAmounts(GatewayMember gateway, Utf8JsonWriter writer)
    {
        WriteAmount(writer, "balance_cents"u8, gateway.BalanceCents);
        WriteAmount(writer, "required_cents"u8, gateway.RequiredCents);
        WriteAmount(writer, "shortfall_cents"u8, gateway.ShortfallCents);
        WriteAmount(writer, "suggested_topup_cents"u8, gateway.SuggestedTopupCents);
        if (gateway.TopupAmountsCents is { } amounts)
        {
            writer.WriteStartArray("topup_amounts_cents"u8);
            foreach (var amount in amounts)
            {
                writer.WriteNumberValue(amount);
            }
            writer.WriteEndArray();
        }
    }

    private static void WriteAmount(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? cents)
    {
        if (cents is { } value)
        {
            writer.WriteNumber(name, value);
        }
    }
}
