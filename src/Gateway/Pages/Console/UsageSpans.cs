namespace Arda.Gateway.Pages.Console;

/// <summary>The spans that the usage page offers, in days.</summary>
public static class UsageSpans
{
    public const int Default = 30;

    public static readonly IReadOnlyList<int> All = [7, 30, 90, 365];
}
