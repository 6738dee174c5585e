using Microsoft.Extensions.Primitives;

namespace Arda.Gateway.Http;

/// <summary>
/// The one list of the headers that this server says of its own accord. What is emitted is named
/// here, and CORS exposes what is named here, so a header cannot be sent and stay unreadable.
/// </summary>
public static class HeaderNames
{
    public const string RequestId = "x-request-id";

    /// <summary>Anthropic's name for the same id; always sent beside <see cref="RequestId"/>.</summary>
    public const string AnthropicRequestId = "request-id";

    public const string BalanceCents = "X-Gateway-Balance-Cents";
    public const string BalanceWarning = "X-Gateway-Balance-Warning";
    public const string SelectedModel = "X-Arda-Selected-Model";
    public const string RoutingClass = "X-Arda-Routing-Class";

    /// <summary>Why arda/auto chose as it did; sent when the request asks for it.</summary>
    public const string RoutingExplain = "X-Arda-Routing-Explain";

    public const string GenerationId = "X-Arda-Generation-Id";
    public const string ConversationId = "X-Arda-Conversation-Id";
    public const string MaxTokensApplied = "X-Arda-Max-Tokens-Applied";
    public const string DroppedParams = "X-Arda-Dropped-Params";

    /// <summary>"estimate" where a token count is ours and not the provider's.</summary>
    public const string TokenCountSource = "X-Arda-Token-Count-Source";

    /// <summary>"true" where an answer is the stored one of an earlier request.</summary>
    public const string IdempotentReplay = "X-Arda-Idempotent-Replay";

    public const string RateLimitLimit = "X-RateLimit-Limit";
    public const string RateLimitRemaining = "X-RateLimit-Remaining";
    public const string OpenAiLimitRequests = "x-ratelimit-limit-requests";
    public const string OpenAiRemainingRequests = "x-ratelimit-remaining-requests";
    public const string OpenAiResetRequests = "x-ratelimit-reset-requests";
    public const string AnthropicLimitRequests = "anthropic-ratelimit-requests-limit";
    public const string AnthropicRemainingRequests = "anthropic-ratelimit-requests-remaining";
    public const string AnthropicResetRequests = "anthropic-ratelimit-requests-reset";

    public const string RetryAfter = "Retry-After";

    /// <summary>Read by the OpenAI and Anthropic clients before <see cref="RetryAfter"/>.</summary>
    public const string RetryAfterMs = "retry-after-ms";

    public const string ShouldRetry = "x-should-retry";
    public const string WwwAuthenticate = "WWW-Authenticate";
    public const string Allow = "Allow";

    /// <summary>All of them, for CORS and for the test that walks them.</summary>
    public static readonly IReadOnlyList<string> Emitted =
    [
        RequestId,
        AnthropicRequestId,
        BalanceCents,
        BalanceWarning,
        SelectedModel,
        RoutingClass,
        RoutingExplain,
        GenerationId,
        ConversationId,
        MaxTokensApplied,
        DroppedParams,
        TokenCountSource,
        IdempotentReplay,
        RateLimitLimit,
        RateLimitRemaining,
        OpenAiLimitRequests,
        OpenAiRemainingRequests,
        OpenAiResetRequests,
        AnthropicLimitRequests,
        AnthropicRemainingRequests,
        AnthropicResetRequests,
        RetryAfter,
        RetryAfterMs,
        ShouldRetry,
        WwwAuthenticate,
        Allow,
    ];

    /// <summary>The value of Access-Control-Expose-Headers.</summary>
    public static readonly StringValues Exposed = string.Join(", ", Emitted);
}
