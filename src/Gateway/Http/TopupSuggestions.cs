namespace Arda.Gateway.Http;

/// <summary>Which of the amounts on sale to offer.</summary>
public static class TopupSuggestions
{
    /// <summary>The smallest that covers what is missing, or the largest when none does.</summary>
    public static long? Covering(long missingCents, IReadOnlyList<long> amountsCents)
    {
        var sorted = amountsCents.Order().ToList();
        var covering = sorted.FindIndex(amount => amount >= missingCents);
        return covering >= 0 ? sorted[covering]
            : sorted.Count > 0 ? sorted[^1]
            : null;
    }
}
