namespace Arda.Gateway.Catalog;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Suggestions
{
    /// <summary>The nearest by edit distance, or null when none is near enough to be meant.</summary>
    public static string? Nearest(string wanted, IEnumerable<string> known)
    {
        string? nearest = null;
        // A third of the letters may differ; a short word keeps at least one chance.
        var best = Math.Max(1, wanted.Length / 3) + 1;
        foreach (var candidate in known)
        {
            if (Math.Abs(candidate.Length - wanted.Length) >= best)
            {
                continue;
            }
            var distance = Distance(wanted, candidate);
            if (distance < best)
            {
                (best, nearest) = (distance, candidate);
            }
        }
        return nearest;
    }

    /// <summary>Levenshtein, ignoring case; inputs are names, so at most a few hundred letters.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i]) == char.ToLowerInvariant(b[j]);
                var replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
