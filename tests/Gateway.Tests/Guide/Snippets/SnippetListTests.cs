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
        README.md: ReadmeTests compares it with the answer (1)
        README.md: starts a gateway that stays (1)
        docs/guides/accounts.md: what the first start prints (1)
        docs/guides/billing-api.md: a stream that ends when somebody acts; PortalSessionTests reads it (1)
        docs/guides/operations.md: starts a gateway that stays (1)
        docs/guides/payments.md: turns on faults that every other block would meet (1)
        docs/guides/sdk-dotnet.md: writes a file of the repository (1)
        docs/site/start.md: asks the package registry (1)
        sdk/dotnet/README.md: asks the package registry (1)
        sdk/typescript/README.md: asks the package registry (1)
        """;

    private static bool IsJudged(Snippet one) =>
        one.Has("answer") || one.Has("body") || one.Has("config");
}
