using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// One step of a streamed answer in no vendor's words. Readers guarantee the order
/// Started, UsageReported?, (BlockStarted, deltas, BlockStopped)*, UsageReported*, Finished | Failed,
/// with blocks numbered from 0 and never interleaved, whatever their upstream does. The usage at the
/// beginning is what an upstream says of the prompt before it answers.
/// </summary>
public abstract record StreamEvent
{
    private StreamEvent() { }

    public sealed record Started(string? Id, string? Model) : StreamEvent;

    /// <summary><paramref name="Block"/> has its identity (tool id and name) and empty content.</summary>
    public sealed record BlockStarted(int Index, Block Block) : StreamEvent;

    public sealed record TextDelta(int Index, string Text) : StreamEvent
    {
        public IReadOnlyList<TokenLogprob>? Logprobs { get; init; }
    }

    public sealed record RefusalDelta(int Index, string Text) : StreamEvent;

    public sealed record ReasoningDelta(int Index, string Text) : StreamEvent;

    /// <summary>Appends to the block's signature.</summary>
    public sealed record SignatureDelta(int Index, string Signature) : StreamEvent;

    /// <summary>A piece of the arguments' JSON text; a call without any gets "{}" once.</summary>
    public sealed record ToolArgumentsDelta(int Index, string Json) : StreamEvent;

    /// <summary><paramref name="Block"/> is the whole block, for writers that repeat it.</summary>
    public sealed record BlockStopped(int Index, Block Block) : StreamEvent;

    /// <summary>Cumulative: a later one replaces an earlier one.</summary>
    public sealed record UsageReported(TokenUsage Usage) : StreamEvent;

    public sealed record Finished(StopReason Reason, string? Native, string? StopSequence)
        : StreamEvent;

    public sealed record Failed(UpstreamError Error) : StreamEvent;
}

/// <summary>An upstream's error in its own words, from a body or from inside a stream.</summary>
public sealed record UpstreamError
{
    public required string Message { get; init; }

    /// <summary>The upstream's own type or code, e.g. "overloaded_error", "insufficient_quota".</summary>
    public string? Code { get; init; }

    /// <summary>The upstream's own class of error, where it has one beside the code.</summary>
    public string? Type { get; init; }

    public string? Param { get; init; }

    public UpstreamErrorKind Kind { get; init; } = UpstreamErrorKind.Other;

    /// <summary>From the body where the vendor puts it there (Gemini RetryInfo).</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Whose fault it is and who may hear of it.</summary>
public enum UpstreamErrorKind
{
    /// <summary>The caller's request is wrong: the caller hears it in its own dialect.</summary>
    BadRequest,

    /// <summary>A bad request because the prompt is too long: another offer may fit.</summary>
    ContextLength,

    /// <summary>The operator's credential is refused; never shown as the caller's.</summary>
    OperatorKey,

    /// <summary>The operator's own account is dry; never shown as the caller's.</summary>
    OperatorBilling,

    ModelNotFound,
    RateLimited,
    Overloaded,
    Server,
    Other,
}
