using System.Globalization;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// Reads errors of every vendor and decides whose fault they are: one table for all formats,
/// because the hosts of one format disagree more than the formats do.
/// </summary>
public static class UpstreamErrors
{
    private const int MessageCharsMax = 2_000;

    /// <summary>
    /// Reads a body in any known shape: <c>{"error":{…}}</c>, xAI's <c>{"code","error":"text"}</c>,
    /// Mistral's <c>{"detail"}</c> and <c>{"message"}</c>, Gemini's array around its object. Never
    /// throws.
    /// </summary>
    /// <param name="status">The HTTP status; 0 for an error inside a stream.</param>
    /// <param name="body">Anything, also nothing.</param>
    public static UpstreamError Read(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(status, document.RootElement);
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            return new UpstreamError
            {
                Message = "The provider answered with an error that it did not explain.",
                Kind = Classify(status, null, null, ""),
            };
        }
    }

    public static UpstreamError Read(int status, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
        {
            root = root[0];
        }
        var error = root.Object("error"u8) ?? root;
        var message =
            error.NonEmptyText("message"u8)
            ?? root.NonEmptyText("error"u8)
            ?? Detail(root)
            ?? root.NonEmptyText("message"u8)
            ?? "The provider answered with an error that it did not explain.";
        if (error.Object("metadata"u8)?.NonEmptyText("raw"u8) is { } raw)
        {
            message += " " + raw; // OpenRouter: its own message says nothing, the provider's does.
        }
        var code = error.NonEmptyText("code"u8) ?? root.NonEmptyText("code"u8);
        var type = error.NonEmptyText("type"u8) ?? error.NonEmptyText("status"u8);
        if (status == 0)
        {
            status = StatusIn(error);
        }
        return new UpstreamError
        {
            Message = message.Length <= MessageCharsMax ? message : message[..MessageCharsMax],
            Code = code ?? type,
            Param = error.NonEmptyText("param"u8),
            Kind = Classify(status, code, type, message),
            RetryAfter = RetryInfo(error),
        };
    }

    /// <summary>The one table from status, vendor words and text to whose fault it is.</summary>
    public static UpstreamErrorKind Classify(int status, string? code, string? type, string message)
    {
        if (ByWord(code) is { } byCode)
        {
            return byCode;
        }
        if (status is 400 or 413 or 422 or 0 && SaysTooLong(message))
        {
            return UpstreamErrorKind.ContextLength;
        }
        if (status is 400 or 401 or 403 && SaysBadKey(message))
        {
            return UpstreamErrorKind.OperatorKey;
        }
        // Google says "exceeded your current quota" of a limit per minute, with its own word for it.
        if (type != "RESOURCE_EXHAUSTED" && SaysNoCredit(message))
        {
            return UpstreamErrorKind.OperatorBilling;
        }
        return status switch
        {
            401 or 403 => UpstreamErrorKind.OperatorKey,
            402 => UpstreamErrorKind.OperatorBilling,
            404 => UpstreamErrorKind.ModelNotFound,
            429 => UpstreamErrorKind.RateLimited,
            503 or 529 => UpstreamErrorKind.Overloaded,
            >= 500 => UpstreamErrorKind.Server,
            _ => ByWord(type)
                ?? (status is >= 400 ? UpstreamErrorKind.BadRequest : UpstreamErrorKind.Other),
        };
    }

    private static UpstreamErrorKind? ByWord(string? word) =>
        word switch
        {
            "context_length_exceeded" or "string_above_max_length" =>
                UpstreamErrorKind.ContextLength,
            "insufficient_quota"
            or "billing_error"
            or "billing_not_active"
            or "billing_hard_limit_reached"
            or "insufficient_balance"
            or "payment_required" => UpstreamErrorKind.OperatorBilling,
            "invalid_api_key"
            or "authentication_error"
            or "permission_error"
            or "permission_denied"
            or "PERMISSION_DENIED"
            or "UNAUTHENTICATED"
            or "account_deactivated"
            or "invalid_organization" => UpstreamErrorKind.OperatorKey,
            "model_not_found"
            or "not_found_error"
            or "NOT_FOUND"
            or "model_decommissioned"
            or "DeploymentNotFound" => UpstreamErrorKind.ModelNotFound,
            "rate_limit_error"
            or "rate_limit_exceeded"
            or "RateLimitReached"
            or "RESOURCE_EXHAUSTED"
            or "tokens"
            or "requests" => UpstreamErrorKind.RateLimited,
            "overloaded_error" or "overloaded" or "UNAVAILABLE" => UpstreamErrorKind.Overloaded,
            "api_error"
            or "server_error"
            or "internal_server_error"
            or "INTERNAL"
            or "timeout_error"
            or "DEADLINE_EXCEEDED" => UpstreamErrorKind.Server,
            "invalid_request_error"
            or "INVALID_ARGUMENT"
            or "FAILED_PRECONDITION"
            or "tool_use_failed" => UpstreamErrorKind.BadRequest,
            _ => null,
        };

    private static bool SaysTooLong(string message) =>
        Says(message, "maximum context length")
        || Says(message, "context length")
        || Says(message, "context window")
        || Says(message, "prompt is too long")
        || Says(message, "input is too long")
        || Says(message, "input length and `max_tokens` exceed")
        || Says(message, "exceeds the maximum number of tokens")
        || Says(message, "maximum prompt length")
        || Says(message, "too large for model with");

    private static bool SaysBadKey(string message) =>
        Says(message, "api key") || Says(message, "api_key") || Says(message, "x-api-key");

    private static bool SaysNoCredit(string message) =>
        Says(message, "credit balance is too low")
        || Says(message, "exceeded your current quota")
        || Says(message, "insufficient balance")
        || Says(message, "insufficient credits")
        || Says(message, "used all available credits");

    private static bool Says(string message, string part) =>
        message.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Mistral and FastAPI hosts: a string, or a list of what failed to validate.</summary>
    private static string? Detail(JsonElement root)
    {
        if (root.Member("detail"u8) is not { } detail)
        {
            return null;
        }
        if (detail.ValueKind == JsonValueKind.String)
        {
            return detail.Lenient();
        }
        foreach (var item in root.Items("detail"u8))
        {
            if (item.NonEmptyText("msg"u8) is { } what)
            {
                var where = string.Join(
                    '.',
                    item.Items("loc"u8).Select(part => part.RawText().Trim('"'))
                );
                return where.Length > 0 ? $"{where}: {what}" : what;
            }
        }
        return detail.RawText();
    }

    /// <summary>Inside a stream the status is in the object, as <c>code</c> or
    /// <c>status_code</c>.</summary>
    private static int StatusIn(JsonElement error) =>
        (error.Whole("status_code"u8) ?? error.Whole("code"u8)) is { } status and >= 100 and <= 599
            ? (int)status
            : 0;

    /// <summary>Gemini: <c>details[].retryDelay</c> is "39s" or "1.5s".</summary>
    private static TimeSpan? RetryInfo(JsonElement error)
    {
        foreach (var detail in error.Items("details"u8))
        {
            if (
                detail.NonEmptyText("retryDelay"u8) is [.. var seconds, 's']
                && decimal.TryParse(
                    seconds,
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var value
                )
                && value is >= 0 and <= 86_400
            )
            {
                return TimeSpan.FromMilliseconds((long)(value * 1_000));
            }
        }
        return null;
    }
}
