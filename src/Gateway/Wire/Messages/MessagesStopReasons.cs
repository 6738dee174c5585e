namespace Arda.Gateway.Wire.Messages;

/// <summary>The one table of <c>stop_reason</c>, for bodies and streams, both ways.</summary>
internal static class MessagesStopReasons
{
    /// <summary>An unknown word is an error: shown as a plain stop, a turn that was cut or refused
    /// would look complete.</summary>
    public static StopReason Read(string? native) =>
        native switch
        {
            "end_turn" => StopReason.EndTurn,
            "stop_sequence" => StopReason.StopSequence,
            "tool_use" => StopReason.ToolUse,
            "max_tokens" or "model_context_window_exceeded" => StopReason.MaxTokens,
            "refusal" => StopReason.Refusal,
            "pause_turn" or "compaction" => StopReason.Pause,
            _ => StopReason.Error,
        };

    /// <summary>Anthropic's own word where it was one of the same meaning.</summary>
    public static string Write(StopReason reason, string? native)
    {
        if (native is not null && reason != StopReason.Error && Read(native) == reason)
        {
            return native;
        }
        return reason switch
        {
            StopReason.EndTurn => "end_turn",
            StopReason.StopSequence => "stop_sequence",
            StopReason.ToolUse => "tool_use",
            StopReason.MaxTokens => "max_tokens",
            StopReason.Pause => "pause_turn",
            // An answer that went wrong is sent as an error; should one come here all the same, it
            // must not look complete.
            _ => "refusal",
        };
    }
}
