using System.Text.Json;

namespace Arda.Gateway.Sdk;

/// <summary>Reads error bodies of <c>/v1/…</c>, which have OpenAI's or Anthropic's shape plus a
/// <c>gateway</c> member.</summary>
internal static class ErrorBodies
{
    // Deep enough for an error inside an event inside a body, and an end for what is not ours.
    private const int DepthMax = 4;

    private static readonly string[] s_actions =
    [
        "none",
        "open_portal",
        "reconnect",
        "wait",
        "contact_app",
    ];

    public static GatewayException ExceptionOf(GatewayAnswer answer)
    {
        if (
            !answer.TryReadObject(out var body)
            || !body.TryGetProperty("error", out var error)
            || error.ValueKind is not JsonValueKind.Object
        )
        {
            return answer.Unreadable("a gateway's answer");
        }

        return ExceptionOf(error, answer.Status, answer.RequestId, answer.RetryAfter);
    }

    /// <summary>From the inner object, which streams carry as well.</summary>
    public static GatewayApiException ExceptionOf(
        JsonElement error,
        int? status,
        string? requestId,
        TimeSpan? retryAfter
    )
    {
        var code = Text(error, "code") ?? Text(error, "type") ?? "unknown";
        var message = Text(error, "message") ?? $"The gateway answered {code}.";
        return new GatewayApiException(code, message, status, requestId)
        {
            Type = Text(error, "type"),
            Param = Text(error, "param"),
            DocsUrl = Text(error, "docs_url"),
            Denial = DenialIn(error)?.Denial,
            RetryAfter = retryAfter,
        };
    }

    /// <summary>Looks for a <c>gateway</c> member in a body of any dialect, or in part of
    /// one.</summary>
    public static (GatewayDenial Denial, string? Message)? DenialIn(
        JsonElement value,
        int depth = 0
    )
    {
        if (depth > DepthMax || value.ValueKind is not JsonValueKind.Object)
        {
            return null;
        }

        if (value.TryGetProperty("gateway", out var member) && DenialOf(member) is { } denial)
        {
            return (denial, Text(value, "message"));
        }

        return value.TryGetProperty("error", out var inner) ? DenialIn(inner, depth + 1)
            // OpenAI's Responses end with an event that holds the whole failed response.
            : value.TryGetProperty("response", out inner) ? DenialIn(inner, depth + 1)
            : null;
    }

    private static GatewayDenial? DenialOf(JsonElement member)
    {
        if (
            member.ValueKind is not JsonValueKind.Object
            || !s_actions.Contains(Text(member, "action"))
        )
        {
            return null;
        }

        try
        {
            return member.Deserialize(GatewayJson.Default.GatewayDenial);
        }
        catch (JsonException)
        {
            // Somebody else's member of the same name.
            return null;
        }
    }

    private static string? Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member)
        && member.ValueKind is JsonValueKind.String
        && member.GetString() is { Length: > 0 } text
            ? text
            : null;
}
