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
