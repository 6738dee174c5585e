namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>No block of a page is left to trust.</summary>
public sealed class SnippetListTests
{
    private static readonly string[] s_run = ["ts", "csharp", "sh", "bash", "python"];

    [Fact]
    public void Every_block_is_run_compared_or_says_why_not()
    {
        var loose = Snippet
            .All.Where(one => !s_run.Contains(one.Language) || one.Has("not-run"))
            .Where(one => one.Mark("not-run") is not { Length: > 10 })
            .Where(one => one.Language != "json" || !IsJudged(one))
            .Select(one => $"{one.Name} ({one.Language})");
        Assert.Empty(loose);
    }

    /// <summary>The few that are not executed, with their reasons: whoever adds one adds it here.
    /// </summary>
    [Fact]
    public void Those_that_are_not_run_are_these()
    {
        var reasons = Snippet
            .All.Where(one => one.Has("not-run"))
            .GroupBy(one => $"{one.File}: {one.Mark("not-run")}")
            .Select(group => $"{group.Key} ({group.Count()})")
            .Order(StringComparer.Ordinal);
        Assert.Equal(NotRun, string.Join('\n', reasons));
    }

    private const string NotRun = """
        """;

    private static bool IsJudged(Snippet one) =>
        one.Has("answer") || one.Has("body") || one.Has("config");
}
