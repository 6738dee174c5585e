using System.Buffers;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Errors as the vendors themselves write them, for the provider that plays all of them. What goes
/// to our own callers is <see cref="ErrorJson"/>'s.
/// </summary>
public static class VendorErrorJson
{
    /// <summary>What a vendor says; null members are its own default for the status.</summary>
    public sealed record VendorError(int Status, string Message)
    {
        /// <summary>OpenAI's <c>code</c>.</summary>
        public string? Code { get; init; }

        /// <summary>OpenAI's <c>type</c>, where it is not the status's own.</summary>
        public string? Type { get; init; }

        public string? Param { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        public required string RequestId { get; init; }
    }

    public static void WriteBody(WireFormat format, VendorError error, IBufferWriter<byte> to)
    {
        using var writer = WireJson.NewWriter(to);
        WriteValue(format, error, writer);
    }

    /// <summary>The event with which that vendor ends a stream that goes wrong.</summary>
    public static void WriteEvent(WireFormat format, VendorError error, IBufferWriter<byte> to)
    {
        if (format is WireFormat.AnthropicMessages or WireFormat.OpenAiResponses)
        {
            SseOutput.StartEvent(to, "error"u8);
        }
        else
        {
            SseOutput.StartData(to);
        }

        using (var writer = WireJson.NewWriter(to))
        {
            if (format == WireFormat.OpenAiResponses)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, "error"u8);
                writer.WriteNumber("sequence_number"u8, 0);
                writer.WriteString("code"u8, error.Code ?? OpenAiType(error));
                writer.WriteString("message"u8, error.Message);
                writer.WriteNull("param"u8);
                writer.WriteEndObject();
            }
            else
            {
                WriteValue(format, error, writer);
            }
        }

        SseOutput.End(to);
    }

    private static void WriteValue(WireFormat format, VendorError error, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (format == WireFormat.AnthropicMessages)
        {
            writer.WriteString("type"u8, "error"u8);
            writer.WriteStartObject("error"u8);
            writer.WriteString("type"u8, AnthropicType(error.Status));
            writer.WriteString("message"u8, error.Message);
            writer.WriteEndObject();
            writer.WriteString("request_id"u8, error.RequestId);
        }
        else
        {
            writer.WriteStartObject("error"u8);
            if (format == WireFormat.GeminiGenerate)
            {
                WriteGoogle(error, writer);
            }
            else
            {
                WriteOpenAi(error, writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteOpenAi(VendorError error, Utf8JsonWriter writer)
    {
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("type"u8, OpenAiType(error));
        writer.WriteString("param"u8, error.Param);
        writer.WriteString("code"u8, error.Code ?? OpenAiCode(error.Status));
    }

    private static void WriteGoogle(VendorError error, Utf8JsonWriter writer)
    {
        writer.WriteNumber("code"u8, error.Status);
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("status"u8, GoogleStatus(error.Status));
        if (error.RetryAfter is { } wait)
        {
            writer.WriteStartArray("details"u8);
            writer.WriteStartObject();
            writer.WriteString("@type"u8, "type.googleapis.com/google.rpc.RetryInfo"u8);
            writer.WriteString(
                "retryDelay"u8,
                FormattableString.Invariant($"{(long)wait.TotalSeconds}s")
            );
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
    }

    private static string OpenAiType(VendorError error) =>
        error.Type
        ?? error.Status switch
        {
            429 => "requests",
            >= 500 => "server_error",
            402 => "billing_error",
            _ => "invalid_request_error",
        };

    private static string? OpenAiCode(int status) =>
        status switch
        {
            401 => "invalid_api_key",
            404 => "model_not_found",
            429 => "rate_limit_exceeded",
            503 or 529 => "overloaded",
            _ => null,
        };

    private static string AnthropicType(int status) =>
        status switch
        {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            504 => "timeout_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };

    private static string GoogleStatus(int status) =>
        status switch
        {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 or 529 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            >= 500 => "INTERNAL",
            _ => "INVALID_ARGUMENT",
        };
}
