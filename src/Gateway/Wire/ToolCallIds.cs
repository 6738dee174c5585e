using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Wire;

/// <summary>
/// Tool call ids are opaque and kept, except where a vendor refuses their form. Then a hash of the
/// original stands in, at the call and at its result alike: nodes keep no table between requests.
/// </summary>
public static class ToolCallIds
{
    private const string Alphanumeric =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphanumeric);

    private static readonly SearchValues<char> LettersAndDashes = SearchValues.Create(
        Alphanumeric + "_-"
    );

    /// <summary>OpenAI Chat: at most 40 characters.</summary>
    public static string ForOpenAiChat(string id) =>
        id.Length is > 0 and <= 40 ? id : "call_" + Hash(id, 24);

    /// <summary>OpenAI Responses: at most 64 characters.</summary>
    public static string ForOpenAiResponses(string id) =>
        id.Length is > 0 and <= 64 ? id : "call_" + Hash(id, 24);

    /// <summary>Anthropic: <c>^[a-zA-Z0-9_-]+$</c>.</summary>
    public static string ForAnthropic(string id) =>
        id.Length is > 0 and <= 64 && !id.AsSpan().ContainsAnyExcept(LettersAndDashes)
            ? id
            : "toolu_" + Hash(id, 24);

    /// <summary>Mistral: exactly nine of <c>[a-zA-Z0-9]</c>.</summary>
    public static string ForMistral(string id) =>
        id.Length == 9 && !id.AsSpan().ContainsAnyExcept(Letters) ? id : Hash(id, 9);

    /// <summary>An id for a call that came without one, from its turn and place.</summary>
    public static string Make(string turn, int position) =>
        "call_" + Hash($"{turn}/{position}", 24);

    private static string Hash(string id, int length)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), digest);
        Span<char> text = stackalloc char[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = Alphanumeric[digest[i] % Alphanumeric.Length];
        }
        return new string(text);
    }
}
