using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Embeddings;
using Arda.Gateway.Wire.Responses;

namespace Arda.Gateway.Inference;

/// <summary>Puts a request into the words of the offer that is tried next.</summary>
internal static class CandidateBodies
{
    public static WireFormat FormatOf(Candidate candidate) =>
        ProtocolFormats.Of(candidate.Protocol)
        ?? throw new InvariantBrokenException("A conversation goes to an offer that converses.");

    /// <summary>The upstream speaks the client's dialect, and nothing in the request is another
    /// vendor's: thoughts that came sealed through a Responses client have to be opened first.</summary>
    public static bool PassesThrough(Exchange exchange, Candidate candidate) =>
        ProtocolFormats.Of(candidate.Protocol) == exchange.Dialect
        && !(
            exchange.Dialect == WireFormat.OpenAiResponses && SealedThought.IsIn(exchange.Body.Span)
        );

    public static Outcome<TranslatedRequest> Build(Exchange exchange, Candidate candidate)
    {
        if (exchange.Scan.IsEmbeddings)
        {
            return BuildEmbeddings(exchange, candidate);
        }

        if (PassesThrough(exchange, candidate))
        {
            // Anthropic's format wants a limit; elsewhere none need be said where the balance sets none.
            var isSaid =
                exchange.Size.CappedByBalance || exchange.Dialect == WireFormat.AnthropicMessages;
            var body = PassthroughBody.Build(
                exchange.Scan,
                exchange.Body,
                exchange.Dialect,
                candidate,
                isSaid ? exchange.Size.UpstreamCap : null
            );
            return new TranslatedRequest(body, NotStored(exchange));
        }

        exchange.Conversation ??= WireCodecs.For(exchange.Dialect).ReadRequest(exchange.Body);
        if (exchange.Conversation.Value.Denied(out var denial, out var conversation))
        {
            return denial;
        }

        return WireCodecs
            .For(FormatOf(candidate))
            .WriteRequest(conversation, TargetOf(exchange, candidate));
    }

    // Nothing is stored, whoever answers; who asked for it in so many words is told.
    private static string[] NotStored(Exchange exchange)
    {
        if (
            exchange.Dialect == WireFormat.AnthropicMessages
            || !PassthroughBody.AsksToStore(exchange.Scan, exchange.Body.Span)
        )
        {
            return [];
        }

        return
            exchange.Dialect == WireFormat.OpenAiChat && exchange.Scan.Find("metadata") is not null
            ? ["store", "metadata"]
            : ["store"];
    }

    private static Outcome<TranslatedRequest> BuildEmbeddings(
        Exchange exchange,
        Candidate candidate
    )
    {
        var upstream = candidate.Offer.UpstreamId;
        if (candidate.Protocol == OfferProtocol.OpenAiEmbeddings)
        {
            var passed = OpenAiEmbeddings.PassRequest(exchange.Scan, exchange.Body, upstream);
            return new TranslatedRequest(passed, []);
        }

        return EmbeddingRequest.Read(exchange.Body).Denied(out var denial, out var request)
            ? denial
            : GeminiEmbeddings.WriteRequest(request, upstream);
    }

    private static UpstreamTarget TargetOf(Exchange exchange, Candidate candidate)
    {
        var able = candidate.Model.Capabilities;
        return new UpstreamTarget
        {
            UpstreamModel = candidate.Offer.UpstreamId,
            Provider = candidate.Offer.ProviderId,
            MaxOutputTokens = exchange.Size.UpstreamCap,
            OutputTokensMax = candidate.Offer.MaxOutput,
            SupportsReasoning = able.Reasoning,
            ReasoningEfforts = able.ReasoningEfforts,
            AcceptsSampling = able.Temperature ?? true,
            Lenient = exchange.Route.IsAuto,
        };
    }
}
