using Arda.Gateway.Catalog;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Planning;

/// <summary>One way to answer: an offer, the protocol to speak with it, its pinned price.</summary>
internal sealed record Candidate(
    Model Model,
    Offer Offer,
    OfferProtocol Protocol,
    PinnedPrice Price
);

/// <summary>The candidates in the order in which they are tried, and why.</summary>
internal sealed record RequestRoute
{
    public required IReadOnlyList<Candidate> Candidates { get; init; }

    public required bool IsAuto { get; init; }

    /// <summary>AutoRoute's task class; null for a model that the client named.</summary>
    public string? Class { get; init; }

    public string? Reason { get; init; }
}

internal static class ProtocolFormats
{
    /// <summary>Null for a protocol that does not converse.</summary>
    public static WireFormat? Of(OfferProtocol protocol) =>
        protocol switch
        {
            OfferProtocol.OpenAiChat => WireFormat.OpenAiChat,
            OfferProtocol.OpenAiResponses => WireFormat.OpenAiResponses,
            OfferProtocol.AnthropicMessages => WireFormat.AnthropicMessages,
            OfferProtocol.GeminiGenerate => WireFormat.GeminiGenerate,
            _ => null,
        };
}
