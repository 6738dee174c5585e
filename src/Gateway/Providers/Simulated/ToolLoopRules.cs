using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Gemini;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// What the real providers refuse when thoughts do not come back as they went out. Says the
/// refusal in their words, or null.
/// </summary>
internal static class ToolLoopRules
{
    public static string? Broken(Conversation conversation, WireFormat format, bool thinks) =>
        format switch
        {
            WireFormat.AnthropicMessages => Anthropic(conversation, thinks),
            WireFormat.OpenAiResponses => Responses(conversation),
            WireFormat.GeminiGenerate when thinks => Gemini(conversation),
            _ => null,
        };

    private static string? Anthropic(Conversation conversation, bool thinks)
    {
        if (
            thinks
            && conversation.ToolChoice is { Mode: ToolChoiceMode.Any or ToolChoiceMode.Named }
        )
        {
            return "Thinking may not be enabled when tool_choice forces tool use.";
        }

        var turns = conversation.Turns.Where(t => t.Role is Role.User or Role.Assistant).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            for (var j = 0; j < turns[i].Blocks.Count; j++)
            {
                if (turns[i].Blocks[j] is not Block.Reasoning thought)
                {
                    continue;
                }

                var isRedacted = thought.Redacted is not null;
                if (!ThinkingSeal.Holds(thought.Redacted ?? thought.Signature, thought.Value))
                {
                    return isRedacted
                        ? $"messages.{i}.content.{j}: Invalid `data` in `redacted_thinking` block"
                        : $"messages.{i}.content.{j}: Invalid `signature` in `thinking` block";
                }
            }
        }

        // A model that decides by itself when to think may have called without a thought.
        if (
            !thinks
            || conversation.Reasoning is { Adaptive: true }
            || LastCalls(turns) is not { } calling
        )
        {
            return null;
        }

        var at = turns.IndexOf(calling);
        return calling.Blocks[0] is Block.Reasoning
            ? null
            : $"messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
                + $"`{(calling.Blocks[0] is Block.ToolCall ? "tool_use" : "text")}`. When `thinking` "
                + "is enabled, a final `assistant` message must start with a thinking block "
                + "(preceeding the lastmost set of `tool_use` and `tool_result` blocks).";
    }

    private static string? Responses(Conversation conversation)
    {
        foreach (
            var thought in conversation.Turns.SelectMany(t => t.Blocks.OfType<Block.Reasoning>())
        )
        {
            if (thought.Redacted is { } sealed_ && !ThinkingSeal.Holds(sealed_, thought.Value))
            {
                return $"The encrypted content for item {thought.ItemId} could not be verified.";
            }
        }

        return null;
    }

    private static string? Gemini(Conversation conversation)
    {
        if (LastCalls(conversation.Turns) is not { } calling)
        {
            return null;
        }

        // Only the first of parallel calls carries one.
        var first = calling.Blocks.OfType<Block.ToolCall>().First();
        var signature = ThoughtSignature.Of(first);
        return signature == GeminiContents.SkipValidation || ThinkingSeal.Holds(signature, "")
            ? null
            : $"Function call `{first.Name}` is missing a thought_signature in functionCall parts. "
                + "This is required for tools to work correctly.";
    }

    /// <summary>The assistant's turn whose results are the last turn.</summary>
    private static Turn? LastCalls(IReadOnlyList<Turn> turns) =>
        turns is [.., { Role: Role.Assistant } calling, { Role: Role.User } last]
        && last.Blocks.Any(b => b is Block.ToolResult)
        && calling.Blocks.Any(b => b is Block.ToolCall)
            ? calling
            : null;
}
