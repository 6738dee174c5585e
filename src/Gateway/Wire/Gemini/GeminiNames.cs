using System.Collections.Frozen;
using System.Text;

namespace Arda.Gateway.Wire.Gemini;

/// <summary>Google's servers read each member in camelCase and in snake_case alike (ProtoJSON), and
/// clients send both, even in one request.</summary>
internal static class GeminiNames
{
    /// <summary>The spelling that this object uses.</summary>
    public static string In(RequestInput from, string camel)
    {
        if (from.Has(camel))
        {
            return camel;
        }
        var snake = Snake(camel);
        return from.Has(snake) ? snake : camel;
    }

    public static FrozenSet<string> Both(params IReadOnlyList<string> camel) =>
        camel.Concat(camel.Select(Snake)).ToFrozenSet();

    private static string Snake(string camel)
    {
        var snake = new StringBuilder(camel.Length + 4);
        foreach (var letter in camel)
        {
            if (char.IsAsciiLetterUpper(letter))
            {
                snake.Append('_').Append(char.ToLowerInvariant(letter));
            }
            else
            {
                snake.Append(letter);
            }
        }
        return snake.ToString();
    }
}
