using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Signs the thoughts of the simulated reasoner, so that a gateway or client that loses or changes
/// them on the way is found out as it would be at the real ones. The signature carries the text's
/// hash, since a client may send the signature back without the text.
/// </summary>
internal static class ThinkingSeal
{
    private const int HashBytes = 24;

    // Not a secret: everybody may read how the simulation works.
    private static readonly byte[] s_key = "arda simulated reasoner"u8.ToArray();

    public static string Sign(string thoughts)
    {
        Span<byte> seal = stackalloc byte[2 * HashBytes];
        Hash(Encoding.UTF8.GetBytes(thoughts), seal[..HashBytes]);
        Mac(seal[..HashBytes], seal[HashBytes..]);
        return Convert.ToBase64String(seal);
    }

    /// <summary>Whether it is ours, and fits the text where there is one.</summary>
    public static bool Holds(string? signature, string thoughts)
    {
        Span<byte> seal = stackalloc byte[2 * HashBytes];
        Span<byte> expected = stackalloc byte[HashBytes];
        if (
            signature is null
            || !Convert.TryFromBase64String(signature, seal, out var length)
            || length != seal.Length
        )
        {
            return false;
        }

        Mac(seal[..HashBytes], expected);
        if (!seal[HashBytes..].SequenceEqual(expected))
        {
            return false;
        }

        Hash(Encoding.UTF8.GetBytes(thoughts), expected);
        return thoughts.Length == 0 || seal[..HashBytes].SequenceEqual(expected);
    }

    private static void Hash(ReadOnlySpan<byte> of, Span<byte> to)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(of, whole);
        whole[..HashBytes].CopyTo(to);
    }

    private static void Mac(ReadOnlySpan<byte> of, Span<byte> to)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(s_key, of, whole);
        whole[..HashBytes].CopyTo(to);
    }
}
