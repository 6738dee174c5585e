using Arda.Gateway.Wire;

namespace Arda.Gateway.Http;

/// <summary>Which dialect a caller hears errors in. It follows the address called, never the
/// upstream, and holds for addresses that do not exist too.</summary>
public static class Dialects
{
    /// <summary>As spans and recordings name it.</summary>
    public static string NameOf(WireFormat dialect) =>
        dialect switch
        {
            WireFormat.OpenAiResponses => "openai.responses",
            WireFormat.AnthropicMessages => "anthropic.messages",
            WireFormat.GeminiGenerate => "gemini.generate_content",
            _ => "openai.chat",
        };

    public static bool IsApi(PathString path) =>
        path.StartsWithSegments("/v1", StringComparison.Ordinal);

    public static WireFormat Of(HttpRequest request)
    {
        var path = request.Path;
        if (path.StartsWithSegments("/v1/messages", StringComparison.Ordinal))
        {
            return WireFormat.AnthropicMessages;
        }

        if (path.StartsWithSegments("/v1/responses", StringComparison.Ordinal))
        {
            return WireFormat.OpenAiResponses;
        }

        // Our own endpoints and those of OpenAI's chat speak one shape; what is left is shared by
        // both families (/v1/models) or unknown, and there the client says who it is.
        return IsOpenAiOnly(path) || !SpeaksAnthropic(request)
            ? WireFormat.OpenAiChat
            : WireFormat.AnthropicMessages;
    }

    /// <summary>How /v1/models tells which of its two shapes is meant.</summary>
    public static bool SpeaksAnthropic(HttpRequest request) =>
        request.Headers.ContainsKey("anthropic-version")
        || request.Headers.ContainsKey("x-api-key");

    private static bool IsOpenAiOnly(PathString path) =>
        path.StartsWithSegments("/v1/chat", StringComparison.Ordinal)
        || path.StartsWithSegments("/v1/embeddings", StringComparison.Ordinal)
        || path.StartsWithSegments("/v1/gateway", StringComparison.Ordinal)
        || path.StartsWithSegments("/v1/keys", StringComparison.Ordinal);
}
