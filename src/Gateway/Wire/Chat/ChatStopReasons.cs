namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// The one table between <c>finish_reason</c> and our stop reasons, both ways. A word that nobody
/// knows is an error: called "stop", a cut answer would look complete.
/// </summary>
internal static class ChatStopReasons
{
    public static StopReason Read(string native, bool hasToolCalls, bool hasRefusal) =>
        native.ToUpperInvariant() switch
        {
            // Hosts end a tool turn with either word; what the turn holds is what counts.
            "STOP" or "TOOL_CALLS" or "TOOL_USE" or "FUNCTION_CALL" => hasToolCalls
                ? StopReason.ToolUse
            : hasRefusal ? StopReason.Refusal
            : StopReason.EndTurn,
            "EOS" or "EOS_TOKEN" or "END_TURN" or "COMPLETE" => hasToolCalls
                ? StopReason.ToolUse
                : StopReason.EndTurn,
            "STOP_SEQUENCE" => StopReason.StopSequence,
            "LENGTH" or "MAX_TOKENS" or "MODEL_LENGTH" or "MODEL_CONTEXT_WINDOW_EXCEEDED" =>
                StopReason.MaxTokens,
            "CONTENT_FILTER"
            or "SENSITIVE" // Z.AI
            or "SAFETY"
            or "RECITATION"
            or "PROHIBITED_CONTENT" => StopReason.ContentFilter,
            "REFUSAL" => StopReason.Refusal,
            _ => StopReason.Error,
        };

    /// <summary>
    /// One of the words that strict clients know. A refusal in the model's own words ends with
    /// "stop" where the upstream did so.
    /// </summary>
    public static string Write(StopReason reason, string? native) =>
        reason switch
        {
            StopReason.EndTurn or StopReason.StopSequence or StopReason.Pause => "stop",
            StopReason.ToolUse => "tool_calls",
            StopReason.MaxTokens => "length",
            StopReason.Refusal when native is "stop" or "completed" => "stop",
            StopReason.Refusal or StopReason.ContentFilter => "content_filter",
            _ => throw new Kernel.InvariantBrokenException(
                "A turn that went wrong is shown as an error, never as a finish reason."
            ),
        };
}
