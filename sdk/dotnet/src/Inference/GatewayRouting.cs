namespace Arda.Gateway.Sdk;

/// <summary>How <c>arda/auto</c> is to choose.</summary>
public sealed record GatewayRouting
{
    /// <summary>What to prefer: <c>cheap</c>, <c>balanced</c>, <c>fast</c> or
    /// <c>best</c>.</summary>
    public string? Mode { get; init; }

    /// <summary>What the request is about, such as <c>coding</c> or <c>summarization</c>.</summary>
    public string? Intent { get; init; }
}

/// <summary>What a model picker knows about <c>arda/auto</c> at this gateway.</summary>
public sealed record GatewayAutoRoute
{
    /// <summary>The model name that lets the gateway choose.</summary>
    public required string Model { get; init; }

    /// <summary>What <see cref="GatewayRouting.Mode"/> may be.</summary>
    public required IReadOnlyList<string> Modes { get; init; }

    /// <summary>What <see cref="GatewayRouting.Intent"/> may be.</summary>
    public required IReadOnlyList<string> Intents { get; init; }

    /// <summary>The mode of a request that names none.</summary>
    public string? DefaultMode { get; init; }
}

/// <summary>Which model is asked: the two members of a request that say so.</summary>
public sealed record GatewayInferenceSelection
{
    private const string AutoModel = "arda/auto";

    private static readonly string[] s_modes = ["cheap", "balanced", "fast", "best"];

    private static readonly string[] s_intents =
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
        "general",
    ];

    private GatewayInferenceSelection() { }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Wishes; only with <c>arda/auto</c>.</summary>
    public GatewayRouting? Routing { get; init; }

    /// <summary>Turns a choice into the members of a request. Routing wishes go along with
    /// <c>arda/auto</c> only: a concrete model is already chosen. Calls nobody.</summary>
    /// <param name="model">A model's name, such as a picker option's id; <c>arda/auto</c> when
    /// absent.</param>
    /// <param name="routing">How <c>arda/auto</c> is to choose.</param>
    /// <param name="autoRoute">What this gateway's <c>arda/auto</c> understands; the words known to
    /// this package when absent.</param>
    /// <exception cref="GatewayArgumentException"><c>missing_argument</c>,
    /// <c>unknown_routing_mode</c> or <c>unknown_routing_intent</c>.</exception>
    public static GatewayInferenceSelection Of(
        string? model,
        GatewayRouting? routing = null,
        GatewayAutoRoute? autoRoute = null
    )
    {
        var auto = autoRoute?.Model ?? AutoModel;
        var id = GatewayArgumentException.Required(model ?? auto, nameof(model));
        CheckKnown(routing?.Mode, autoRoute?.Modes ?? s_modes, "mode");
        CheckKnown(routing?.Intent, autoRoute?.Intents ?? s_intents, "intent");
        var isWished = routing is { Mode: not null } or { Intent: not null };
        return new GatewayInferenceSelection
        {
            Model = id,
            Routing = id == auto && isWished ? routing : null,
        };
    }

    private static void CheckKnown(string? word, IReadOnlyList<string> words, string name)
    {
        if (word is not null && !words.Contains(word, StringComparer.Ordinal))
        {
            throw new GatewayArgumentException(
                $"unknown_routing_{name}",
                $"routing.{name} is one of {string.Join(", ", words)}."
            );
        }
    }
}
