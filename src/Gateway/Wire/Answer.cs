using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>A finished answer in no vendor's words.</summary>
public sealed record Answer
{
    public required string Id { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<Block> Blocks { get; init; }

    public required StopReason Stop { get; init; }

    /// <summary>The upstream's own word ("end_turn", "SAFETY"); Chat shows it as
    /// <c>native_finish_reason</c>.</summary>
    public string? NativeStop { get; init; }

    /// <summary>Anthropic: which stop sequence ended the text.</summary>
    public string? StopSequence { get; init; }

    public TokenUsage? Usage { get; init; }
}

/// <summary>Why the model stopped, one list for all formats (each format keeps its table).</summary>
public enum StopReason
{
    EndTurn,
    StopSequence,
    ToolUse,
    MaxTokens,
    Refusal,

    /// <summary>A filter of the provider ended or emptied the answer.</summary>
    ContentFilter,

    /// <summary>Anthropic pause_turn: a server tool's turn that wants to go on.</summary>
    Pause,

    /// <summary>The provider says the turn went wrong (MALFORMED_FUNCTION_CALL, network_error):
    /// shown as an error, never as a finish reason.</summary>
    Error,
}

/// <summary>What a finished request cost its payer; rides in <c>usage</c> as extra members.</summary>
public sealed record Cost(
    NanoUsd Total,
    NanoUsd Base,
    NanoUsd GatewayMarkup,
    NanoUsd ResellerMarkup
)
{
    /// <summary>The balance after this charge; null where the caller may not know it. The header of
    /// a stream is older than its charge, so the true figure rides here.</summary>
    public NanoUsd? BalanceAfter { get; init; }

    public bool IsLow { get; init; }
}
