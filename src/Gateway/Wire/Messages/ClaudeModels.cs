using System.Text.RegularExpressions;

namespace Arda.Gateway.Wire.Messages;

/// <summary>
/// How the generations of Claude want to be told to think. The catalog knows that a model reasons
/// and with which efforts, not in which of Anthropic's three ways. A model that is not known here
/// counts as a new one.
/// </summary>
internal static partial class ClaudeModels
{
    /// <summary>Thinks adaptively: 4.6 and later. Older ones need a budget in tokens.</summary>
    public static bool ThinksAdaptively(string model) => !BudgetOnly().IsMatch(model);

    /// <summary>Still accepts a budget.</summary>
    public static bool TakesBudget(string model) => !NoBudget().IsMatch(model);

    /// <summary>Knows <c>output_config.effort</c>: Opus 4.5, and 4.6 and later.</summary>
    public static bool TakesEffort(string model) =>
        ThinksAdaptively(model) || model.Contains("opus-4-5", StringComparison.Ordinal);

    public static bool CanStopThinking(string model) => !AlwaysThinks().IsMatch(model);

    /// <summary>Accepts tool_choice any and tool.</summary>
    public static bool TakesForcedTool(string model) => !NoForcedTool().IsMatch(model);

    [GeneratedRegex(
        @"claude-(instant|v?2|3)|-4-[015](?!\d)|-4[-@]20\d{6}",
        RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex BudgetOnly();

    [GeneratedRegex(@"(sonnet|opus|haiku)-5-5|fable-5", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NoBudget();

    [GeneratedRegex(@"(sonnet|opus)-5-5|fable-5", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AlwaysThinks();

    [GeneratedRegex(@"(sonnet|opus)-5-5|fable-5-[12]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NoForcedTool();
}
