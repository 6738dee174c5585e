namespace Arda.Gateway.Wire;

/// <summary>Levels of effort in their order, over all vendors.</summary>
internal static class ReasoningEfforts
{
    private static readonly string[] Order =
    [
        "none",
        "minimal",
        "low",
        "medium",
        "high",
        "xhigh",
        "max",
    ];

    /// <summary>Tokens for models that count them: Google's table for its OpenAI-compatible host, the
    /// only published one.</summary>
    public static long BudgetOf(string? effort) =>
        effort switch
        {
            "minimal" or "low" => 1_024,
            null or "medium" => 8_192,
            _ => 24_576,
        };

    /// <summary>The level of the list that is closest, the lower of two; null when none is known.</summary>
    public static string? Nearest(string wanted, IReadOnlyList<string> offered)
    {
        var at = Array.IndexOf(Order, wanted);
        return at < 0
            ? null
            : offered
                .Where(level => Array.IndexOf(Order, level) >= 0)
                .OrderBy(level => Math.Abs(Array.IndexOf(Order, level) - at))
                .ThenBy(level => Array.IndexOf(Order, level))
                .FirstOrDefault();
    }
}
