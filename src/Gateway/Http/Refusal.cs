using Arda.Gateway.Wire;

namespace Arda.Gateway.Http;

/// <summary>A denial made ready for HTTP: what the body says and what the headers say.</summary>
public sealed record Refusal
{
    /// <summary>Our own stable name for it and that of its page; differs from the code in the body
    /// only where that one is the provider's.</summary>
    public required string Page { get; init; }

    public required ErrorFacts Facts { get; init; }

    /// <summary>Sent on every refusal, because clients guess when it is absent.</summary>
    public required bool ShouldRetry { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The RFC 6750 error and its attributes, for 401 and 403.</summary>
    public string? Challenge { get; init; }

    /// <summary>The methods of a 405.</summary>
    public string? Allow { get; init; }
}
