using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Routing;

/// <summary>The words of the <c>routing</c> member, as pickers list them.</summary>
public static class RoutingModes
{
    public const string Auto = "arda/auto";

    public const string Cheap = "cheap";
    public const string Balanced = "balanced";
    public const string Fast = "fast";
    public const string Best = "best";

    /// <summary>The class of a request whose task nobody named and whose form tells none.</summary>
    public const string GeneralClass = "general";

    public static readonly IReadOnlyList<string> All = [Cheap, Balanced, Fast, Best];

    /// <summary>The public task classes (ruling 10).</summary>
    public static readonly IReadOnlyList<string> Intents =
    [
        "coding",
        "debugging",
        "data",
        "math",
        "reasoning",
        "writing",
        "summarization",
        "extraction",
        "translation",
        "chat",
        "knowledge",
        "tool_use",
        "vision",
        GeneralClass,
    ];

    /// <summary>Null when the wish uses known words only.</summary>
    public static Denial? Refuse(RoutingWish? wish) =>
        wish?.Mode is { } mode && !All.Contains(mode) ? Unknown("routing.mode", mode, All)
        : wish?.Intent is { } intent && !Intents.Contains(intent)
            ? Unknown("routing.intent", intent, Intents)
        : null;

    private static Denial.InvalidRequest Unknown(
        string param,
        string word,
        IReadOnlyList<string> known
    ) =>
        new(
            $"'{param}' is {string.Join(", ", known.SkipLast(1))} or {known[^1]}; "
                + $"'{(word.Length > 40 ? word[..40] + "…" : word)}' is none of them.",
            param
        );
}
