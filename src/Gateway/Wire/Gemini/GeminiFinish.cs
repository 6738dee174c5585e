using System.Collections.Frozen;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>The one table of <c>finishReason</c> and <c>blockReason</c>, for bodies and streams.</summary>
internal static class GeminiFinish
{
    // Both ends and blocks use these words; a block before the answer has more of its own.
    private static readonly FrozenSet<string> Filtered = new[]
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
    }.ToFrozenSet();

    /// <summary>Gemini ends a turn of calls with STOP, often in a later chunk than the call, so it
    /// has to be remembered. An unknown word is an error: it must not look complete.</summary>
    public static StopReason Read(string? finishReason, bool calledTools) =>
        finishReason switch
        {
            "STOP" => calledTools ? StopReason.ToolUse : StopReason.EndTurn,
            "MAX_TOKENS" => StopReason.MaxTokens,
            not null when Filtered.Contains(finishReason) => StopReason.ContentFilter,
            _ => StopReason.Error,
        };

    /// <summary>The word of a candidate; null where the prompt was blocked and there is none.</summary>
    public static string? Write(StopReason reason, string? native)
    {
        switch (reason)
        {
            case StopReason.EndTurn
            or StopReason.StopSequence
            or StopReason.ToolUse
            or StopReason.Pause:
                return "STOP";
            case StopReason.MaxTokens:
                return "MAX_TOKENS";
            case StopReason.Refusal or StopReason.ContentFilter:
                return native is null ? "SAFETY"
                    : Filtered.Contains(native) ? native
                    : reason == StopReason.Refusal ? "SAFETY"
                    : null;
            default:
                return native ?? "OTHER";
        }
    }
}
