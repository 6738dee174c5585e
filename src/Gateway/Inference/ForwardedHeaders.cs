using Arda.Gateway.Catalog;

namespace Arda.Gateway.Inference;

/// <summary>The few request headers that are part of a dialect. All others stay here: they describe
/// the user's machine, not the request.</summary>
internal static class ForwardedHeaders
{
    private static readonly string[] Anthropic = ["anthropic-beta"];

    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        HttpRequest request,
        OfferProtocol protocol
    )
    {
        if (protocol != OfferProtocol.AnthropicMessages)
        {
            return [];
        }

        List<KeyValuePair<string, string>>? found = null;
        foreach (var name in Anthropic)
        {
            if (request.Headers.TryGetValue(name, out var value))
            {
                (found ??= []).Add(new(name, value.ToString()));
            }
        }

        return found ?? (IReadOnlyList<KeyValuePair<string, string>>)[];
    }
}
