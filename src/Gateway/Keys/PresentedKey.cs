using Arda.Gateway.Kernel;
using Microsoft.Extensions.Primitives;

namespace Arda.Gateway.Keys;

/// <summary>
/// What a request shows as its key, in either of the two places where clients put it. A key
/// anywhere else (the address, a cookie, a form) is never looked at. Empty means absent.
/// </summary>
public readonly record struct PresentedKey(
    ReadOnlyMemory<char> Bearer,
    ReadOnlyMemory<char> XApiKey
)
{
    private const string Scheme = "Bearer";

    private static readonly Denial s_none = new Denial.InvalidKey(
        "No API key was sent; send it as 'Authorization: Bearer gw_sk_…' or as 'x-api-key'."
    );

    private static readonly Denial s_two = new Denial.InvalidKey(
        "This request carries two different keys; send one key, in 'Authorization' or in "
            + "'x-api-key'."
    );

    /// <summary>Reads without copying. Two values of one header are two keys unless they agree.</summary>
    public static PresentedKey Of(HttpRequest request) =>
        new(
            One(request.Headers.Authorization, static value => Token(value)),
            One(request.Headers["x-api-key"], static value => value.AsMemory().Trim())
        );

    /// <summary>The one key that was presented.</summary>
    public Outcome<ReadOnlyMemory<char>> Single()
    {
        if (Bearer.IsEmpty)
        {
            return XApiKey.IsEmpty ? s_none : XApiKey;
        }

        var agree = XApiKey.IsEmpty || Bearer.Span.SequenceEqual(XApiKey.Span);
        return agree ? Bearer : s_two;
    }

    private static ReadOnlyMemory<char> One(
        StringValues values,
        Func<string, ReadOnlyMemory<char>> read
    )
    {
        ReadOnlyMemory<char> found = default;
        foreach (var value in values)
        {
            if (value is null || read(value) is not { IsEmpty: false } key)
            {
                continue;
            }

            if (!found.IsEmpty && !found.Span.SequenceEqual(key.Span))
            {
                // No key holds a comma, so this one is refused as malformed.
                return values.ToString().AsMemory();
            }

            found = key;
        }

        return found;
    }

    // "Bearer", in any case and with any white space; some clients send the key with no scheme.
    private static ReadOnlyMemory<char> Token(string value)
    {
        var text = value.AsMemory().Trim();
        if (text.Span.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var rest = text[Scheme.Length..];
            return rest.IsEmpty || char.IsWhiteSpace(rest.Span[0]) ? rest.Trim() : default;
        }

        return text.Span.StartsWith("gw_", StringComparison.Ordinal) ? text : default;
    }
}
