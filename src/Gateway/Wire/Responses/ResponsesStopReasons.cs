using System.Text.Json;

namespace Arda.Gateway.Wire.Responses;

/// <summary>The one table between a response's <c>status</c> and our stop reasons, both ways.</summary>
internal static class ResponsesStopReasons
{
    public static (StopReason Reason, string Native) Read(
        JsonElement response,
        bool hasToolCalls,
        bool hasRefusal
    )
    {
        var status = response.NonEmptyText("status"u8) ?? "missing";
        if (status == "completed")
        {
            var reason =
                hasToolCalls ? StopReason.ToolUse
                : hasRefusal ? StopReason.Refusal
                : StopReason.EndTurn;
            return (reason, status);
        }
        if (status == "incomplete")
        {
            var why = response.Object("incomplete_details"u8)?.NonEmptyText("reason"u8) ?? status;
            return why switch
            {
                "max_output_tokens" or "max_tokens" => (StopReason.MaxTokens, why),
                "content_filter" => (StopReason.ContentFilter, why),
                _ => (StopReason.Error, why),
            };
        }
        var error = response.Object("error"u8);
        return (
            StopReason.Error,
            error?.NonEmptyText("code"u8) ?? error?.NonEmptyText("message"u8) ?? status
        );
    }

    /// <summary>The reason for which the response is incomplete; null where it is complete.</summary>
    public static string? Incomplete(StopReason reason, bool hasRefusal) =>
        reason switch
        {
            StopReason.MaxTokens => "max_output_tokens",
            StopReason.ContentFilter => "content_filter",
            // A refusal in words is a complete answer of its own kind.
            StopReason.Refusal => hasRefusal ? null : "content_filter",
            StopReason.Error => throw new Kernel.InvariantBrokenException(
                "A turn that went wrong is shown as an error, never as a status."
            ),
            _ => null,
        };
}
