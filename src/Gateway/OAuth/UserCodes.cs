using System.Security.Cryptography;

namespace Arda.Gateway.OAuth;

/// <summary>What a person types: eight consonants, so that no words arise and no letter looks like a
/// digit.</summary>
internal sealed class UserCodes(Func<string> draw)
{
    public const int DrawsMax = 5;

    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Chars = 8;

    public UserCodes()
        : this(() => RandomNumberGenerator.GetString(Alphabet, Chars)) { }

    /// <summary>The first of a few draws that is free; null when none was.</summary>
    public string? NewFree(Func<string, bool> take)
    {
        for (var i = 0; i < DrawsMax; i++)
        {
            var code = draw();
            if (take(code))
            {
                return code;
            }
        }

        return null;
    }

    public static string Shown(string code) => code[..4] + "-" + code[4..];

    /// <summary>Case and whatever stands between the letters mean nothing; null when it cannot be a
    /// code.</summary>
    public static string? Normalized(string typed)
    {
        var letters = typed
            .Take(100)
            .Where(char.IsAsciiLetterOrDigit)
            .Select(char.ToUpperInvariant)
            .ToArray();
        return
            letters.Length == Chars
            && letters.All(c => Alphabet.Contains(c, StringComparison.Ordinal))
            ? new string(letters)
            : null;
    }

    /// <summary>As it stands in the store.</summary>
    public static string HashOf(string code) => Digest.Of("user code " + code);
}
