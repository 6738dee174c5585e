namespace Arda.Gateway.Wire;

/// <summary>The four ways to say a conversation. Clients speak the first three.</summary>
public enum WireFormat
{
    /// <summary>POST /v1/chat/completions, OpenAI and every compatible host.</summary>
    OpenAiChat,

    /// <summary>POST /v1/responses, OpenAI and xAI.</summary>
    OpenAiResponses,

    /// <summary>POST /v1/messages, Anthropic.</summary>
    AnthropicMessages,

    /// <summary>POST …:generateContent, Gemini and Vertex; upstream only.</summary>
    GeminiGenerate,
}

/// <summary>Bytes that are not what the format promises: garbage from an upstream.</summary>
public sealed class WireFormatException(string message, Exception? inner = null)
    : Exception(message, inner);
