using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.OAuth;

/// <summary>Random names that open something, and the hash under which they are stored.</summary>
internal static class Digest
{
    private const int Bytes = 32;

    public static string NewSecret() =>
        Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    public static string Of(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>RFC 7636 §4.6.</summary>
    public static string Challenge(string verifier) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    public static bool AreEqual(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(a),
            Encoding.UTF8.GetBytes(b)
        );
}
