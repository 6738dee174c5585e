using System.Text.Json;

namespace Arda.Gateway.Wire.Gemini;

/// <summary><c>thinkingConfig</c>: Gemini 2.5 counts tokens, Gemini 3 knows levels.</summary>
internal sealed class GeminiThinking(
    UpstreamTarget target,
    RequestProblems problems,
    DroppedParameters dropped
)
{
    private const long DynamicBudget = -1;

    // 2.5 Pro thinks at least this much; the others can be told not to.
    private const long ProBudgetMin = 128;

    private bool CountsTokens =>
        target.UpstreamModel.Contains("gemini-2", StringComparison.Ordinal);

    public void Write(Utf8JsonWriter writer, ReasoningWish? wish)
    {
        if (wish is null)
        {
            return;
        }
        var isOff = wish.Disabled || wish.Effort == "none";
        if (!target.SupportsReasoning)
        {
            if (!isOff)
            {
                Refuse();
            }
            return;
        }
        writer.WriteStartObject("thinkingConfig"u8);
        if (CountsTokens)
        {
            writer.WriteNumber("thinkingBudget"u8, isOff ? LeastBudget() : BudgetOf(wish));
        }
        else if ((isOff ? LeastLevel() : LevelOf(wish)) is { } level)
        {
            writer.WriteString("thinkingLevel"u8, level);
        }
        // In Anthropic's dialect thoughts are a part of the answer unless left out on wish.
        if (!isOff && (wish.Summary is not null || wish.BudgetTokens is not null || wish.Adaptive))
        {
            writer.WriteBoolean("includeThoughts"u8, true);
        }
        writer.WriteEndObject();
    }

    private void Refuse()
    {
        if (target.Lenient)
        {
            dropped.Add("reasoning");
        }
        else
        {
            problems.Unsupported("reasoning", "This model does not reason.");
        }
    }

    private long LeastBudget()
    {
        if (!target.UpstreamModel.Contains("pro", StringComparison.Ordinal))
        {
            return 0;
        }
        dropped.Add("reasoning");
        return ProBudgetMin;
    }

    private static long BudgetOf(ReasoningWish wish) =>
        wish.BudgetTokens
        ?? (wish.Effort is null ? DynamicBudget : ReasoningEfforts.BudgetOf(wish.Effort));

    // Gemini 3 cannot stop thinking; its lowest level is the nearest to it.
    private string? LeastLevel()
    {
        dropped.Add("reasoning");
        return target.ReasoningEfforts.Count == 0
            ? "low"
            : ReasoningEfforts.Nearest("none", target.ReasoningEfforts);
    }

    private string? LevelOf(ReasoningWish wish)
    {
        var wanted =
            wish.Effort
            ?? wish.BudgetTokens switch
            {
                null => null,
                <= 1_024 => "low",
                <= 8_192 => "medium",
                _ => "high",
            };
        if (
            wanted is null
            || target.ReasoningEfforts.Count == 0
            || target.ReasoningEfforts.Contains(wanted)
        )
        {
            return wanted;
        }
        var nearest = ReasoningEfforts.Nearest(wanted, target.ReasoningEfforts);
        // A budget is a number, and turning it into a level is what translating it means.
        if (nearest is not null && (target.Lenient || wish.Effort is null))
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
