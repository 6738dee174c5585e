using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Sdk;

/// <summary>Both halves of PKCE (RFC 7636) and other unguessable texts.</summary>
internal static class ProofKey
{
    /// <summary>256 bits, as 43 characters that need no escaping in a URL.</summary>
    public static string RandomText()
    {
        Span<byte> bytes = stackalloc byte[32];
        RandomNumberGenerator.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The S256 transformation (RFC 7636 §4.2).</summary>
    public static string ChallengeOf(string verifier) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
