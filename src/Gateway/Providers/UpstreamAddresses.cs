using System.Collections.Concurrent;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Providers;

/// <summary>
/// Where a call goes at one provider. The addresses are made once and kept: there are few of them,
/// and their model names come from the catalog, never from a caller.
/// </summary>
internal sealed class UpstreamAddresses(Uri baseUrl)
{
    private readonly string _base = baseUrl.AbsoluteUri.TrimEnd('/');
    private readonly ConcurrentDictionary<string, Uri> _made = new(StringComparer.Ordinal);

    public Uri Of(UpstreamCall call) => Made(PathOf(call));

    private string PathOf(UpstreamCall call) =>
        (call.Protocol, call.Operation) switch
        {
            (OfferProtocol.OpenAiChat, UpstreamOperation.Generate) => "/chat/completions",
            (OfferProtocol.OpenAiResponses, UpstreamOperation.Generate) => "/responses",
            (OfferProtocol.OpenAiResponses, UpstreamOperation.CountTokens) =>
                "/responses/input_tokens",
            (OfferProtocol.OpenAiEmbeddings, UpstreamOperation.Embed) => "/embeddings",
            (OfferProtocol.AnthropicMessages, UpstreamOperation.Generate) => Messages,
            (OfferProtocol.AnthropicMessages, UpstreamOperation.CountTokens) => MessagesCount,
            (OfferProtocol.GeminiGenerate, UpstreamOperation.Generate) => call.Stream
                ? Gemini(call, ":streamGenerateContent?alt=sse")
                : Gemini(call, ":generateContent"),
            (OfferProtocol.GeminiGenerate, UpstreamOperation.CountTokens) => Gemini(
                call,
                ":countTokens"
            ),
            (OfferProtocol.GeminiEmbed, UpstreamOperation.Embed) => Gemini(
                call,
                ":batchEmbedContents"
            ),
            _ => throw new InvariantBrokenException(
                $"{call.Protocol} has an address for {call.Operation}"
            ),
        };

    /// <summary>Whether the protocol can do that at all.</summary>
    public static bool Has(OfferProtocol protocol, UpstreamOperation operation) =>
        (protocol, operation) switch
        {
            (OfferProtocol.OpenAiChat, var asked) => asked == UpstreamOperation.Generate,
            (OfferProtocol.OpenAiEmbeddings or OfferProtocol.GeminiEmbed, var asked) => asked
                == UpstreamOperation.Embed,
            (_, var asked) => asked != UpstreamOperation.Embed,
        };

    // Anthropic's clients take the bare host, OpenAI's want …/v1; an operator may write either.
    private bool EndsInVersion => _base.EndsWith("/v1", StringComparison.Ordinal);

    private string Messages => EndsInVersion ? "/messages" : "/v1/messages";

    private string MessagesCount =>
        EndsInVersion ? "/messages/count_tokens" : "/v1/messages/count_tokens";

    private static string Gemini(UpstreamCall call, string verb) =>
        string.Concat("/models/", Uri.EscapeDataString(call.UpstreamModel), verb);

    private Uri Made(string path) =>
        _made.GetOrAdd(path, static (path, root) => new Uri(root + path), _base);
}
