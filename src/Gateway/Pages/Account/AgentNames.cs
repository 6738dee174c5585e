namespace Arda.Gateway.Pages.Account;

/// <summary>What a browser calls itself, made short enough to be recognised. Only a hint: browsers
/// say what they like.</summary>
internal static class AgentNames
{
    // The order matters: most browsers also claim to be those below them.
    private static readonly (string Mark, string Name)[] s_browsers =
    [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] s_systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];

    public static string Of(string? agent)
    {
        var browser = Find(agent, s_browsers);
        var system = Find(agent, s_systems);
        return (browser, system) switch
        {
            (null, null) => "Unknown browser",
            (null, _) => system,
            (_, null) => browser,
            _ => $"{browser} on {system}",
        };
    }

    private static string? Find(string? agent, (string Mark, string Name)[] known) =>
        agent is null
            ? null
            : known
                .FirstOrDefault(pair => agent.Contains(pair.Mark, StringComparison.Ordinal))
                .Name;
}
