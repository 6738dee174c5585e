namespace Arda.Gateway.Sdk;

/// <summary>A whole answer with what its headers say and what it cost.</summary>
public sealed class GatewayChatResult : GatewayResponseMetadata
{
    internal GatewayChatResult(HttpResponseMessage response, GatewayChatCompletion completion)
        : base(response) => (Completion, Cost) = (completion, completion.Usage?.Cost);

    /// <summary>The answer.</summary>
    public GatewayChatCompletion Completion { get; }

    /// <summary>What the user was charged.</summary>
    public GatewayCost? Cost { get; }
}

/// <summary>What is known once a stream has ended.</summary>
public sealed record GatewayStreamEnd
{
    /// <summary>What was used; null when the stream was left early.</summary>
    public GatewayUsage? Usage { get; init; }

    /// <summary>What the user was charged; null when the stream was left early.</summary>
    public GatewayCost? Cost { get; init; }

    /// <summary>What is left after the charge; when the stream was left early, the last that was
    /// known.</summary>
    public GatewayBalance? Balance { get; init; }
}
