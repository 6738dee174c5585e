using System.Text.Json;

namespace Arda.Gateway.Wire.Messages;

/// <summary>How a request is told to think, decided before anything is written, because sampling and
/// tool choice depend on it.</summary>
internal sealed record MessagesThinking
{
    /// <summary>The least budget that Anthropic takes.</summary>
    private const long BudgetTokensMin = 1_024;

    public bool Adaptive { get; private init; }

    public bool Disabled { get; private init; }

    public long? BudgetTokens { get; private init; }

    public string? Effort { get; private init; }

    /// <summary>Newer models keep their thoughts to themselves unless asked.</summary>
    public bool ShowSummary { get; private init; }

    public bool IsOn => Adaptive || BudgetTokens is not null;

    public static MessagesThinking Plan(
        Conversation conversation,
        UpstreamTarget target,
        long maxTokens,
        RequestProblems problems,
        DroppedParameters dropped
    )
    {
        if (conversation.Reasoning is not { } wish)
        {
            return new MessagesThinking();
        }
        if (wish.Disabled || wish.Effort == "none")
        {
            return Off(target, dropped);
        }
        if (!target.SupportsReasoning)
        {
            if (target.Lenient)
            {
                dropped.Add("reasoning");
            }
            else
            {
                problems.Unsupported("reasoning", "This model does not reason.");
            }
            return new MessagesThinking();
        }
        var effort = Supported(wish.Effort, target, problems, dropped);
        if (
            conversation is
            { Tools.Count: > 0, ToolChoice.Mode: ToolChoiceMode.Any or ToolChoiceMode.Named }
        )
        {
            // Anthropic refuses thoughts together with a forced tool; the tool is the clearer wish.
            dropped.Add("reasoning");
            return Off(target, dropped) with { Effort = effort };
        }
        var plan = ClaudeModels.ThinksAdaptively(target.UpstreamModel)
            ? Adaptively(wish, target)
            : Budgeted(wish, conversation, maxTokens, dropped);
        return plan with { Effort = effort, ShowSummary = plan.IsOn && wish.Summary is not null };
    }

    public void Write(Utf8JsonWriter writer)
    {
        if (!IsOn && !Disabled)
        {
            return;
        }
        writer.WriteStartObject("thinking"u8);
        writer.WriteString(
            "type"u8,
            Disabled ? "disabled"u8
                : Adaptive ? "adaptive"u8
                : "enabled"u8
        );
        if (BudgetTokens is { } budget)
        {
            writer.WriteNumber("budget_tokens"u8, budget);
        }
        if (ShowSummary)
        {
            writer.WriteString("display"u8, "summarized"u8);
        }
        writer.WriteEndObject();
    }

    private static MessagesThinking Off(UpstreamTarget target, DroppedParameters dropped)
    {
        if (!target.SupportsReasoning)
        {
            return new MessagesThinking();
        }
        if (!ClaudeModels.CanStopThinking(target.UpstreamModel))
        {
            dropped.Add("reasoning");
            return new MessagesThinking();
        }
        return new MessagesThinking { Disabled = true };
    }

    private static MessagesThinking Adaptively(ReasoningWish wish, UpstreamTarget target) =>
        wish is { Adaptive: false, BudgetTokens: { } budget }
        && ClaudeModels.TakesBudget(target.UpstreamModel)
            ? new MessagesThinking { BudgetTokens = Math.Max(budget, BudgetTokensMin) }
            : new MessagesThinking { Adaptive = true };

    private static MessagesThinking Budgeted(
        ReasoningWish wish,
        Conversation conversation,
        long maxTokens,
        DroppedParameters dropped
    )
    {
        // The budget is part of max_tokens, and max_tokens is what was paid for: it is not raised.
        if (maxTokens <= BudgetTokensMin || ContinuesWithoutThought(conversation))
        {
            dropped.Add("reasoning");
            return new MessagesThinking();
        }
        if (wish.BudgetTokens is { } asked)
        {
            var fits = Math.Clamp(asked, BudgetTokensMin, maxTokens - 1);
            if (fits != asked)
            {
                dropped.Add("thinking.budget_tokens");
            }
            return new MessagesThinking { BudgetTokens = fits };
        }
        var budget = ReasoningEfforts.BudgetOf(wish.Effort);
        return new MessagesThinking
        {
            // At least half of the answer is for the answer.
            BudgetTokens = Math.Clamp(
                budget,
                BudgetTokensMin,
                Math.Max(BudgetTokensMin, maxTokens / 2)
            ),
        };
    }

    // A tool loop that another model began has no thought of Claude's to go on from, and a budget
    // then is 400 "Expected `thinking`, but found `tool_use`".
    private static bool ContinuesWithoutThought(Conversation conversation)
    {
        var turns = conversation.Turns.Where(t => t.Role is Role.User or Role.Assistant).ToList();
        var last = turns.FindLastIndex(turn => turn.Role == Role.Assistant);
        return last >= 0
            && turns[last].Blocks.Any(block => block is Block.ToolCall)
            && turns.Skip(last + 1).Any(t => t.Blocks.Any(b => b is Block.ToolResult))
            && !turns[last].Blocks.Any(MessagesTurns.IsOwnThought);
    }

    private static string? Supported(
        string? effort,
        UpstreamTarget target,
        RequestProblems problems,
        DroppedParameters dropped
    )
    {
        if (effort is null || !ClaudeModels.TakesEffort(target.UpstreamModel))
        {
            return null;
        }
        if (target.ReasoningEfforts.Count == 0 || target.ReasoningEfforts.Contains(effort))
        {
            return effort;
        }
        var nearest = ReasoningEfforts.Nearest(effort, target.ReasoningEfforts);
        if (target.Lenient && nearest is not null)
        {
            dropped.Add("reasoning_effort");
            return nearest;
        }
        problems.Unsupported(
            "reasoning_effort",
            $"This model takes the efforts {string.Join(", ", target.ReasoningEfforts)}."
        );
        return null;
    }
}
