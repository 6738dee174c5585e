using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Kernel;

/// <summary>
/// Secrets that are shown once: a prefix that names the kind, 256 random bits in base62, and a
/// CRC-32 of all that in base62. The checksum is no secret: it lets a node and a leak scanner drop
/// junk without asking the store. Only the hash and the hint are ever kept.
/// </summary>
public static class Secrets
{
    public const string ApiKey = "gw_sk_";
    public const string ClientSecret = "gw_cs_";
    public const string AuthorizationCode = "gw_ac_";
    public const string DeviceCode = "gw_dc_";
    public const string PortalSession = "gw_ps_";
    public const string OperatorToken = "gw_op_";
    public const string Session = "gw_us_";
    public const string Visitor = "gw_vs_";
    public const string Invitation = "gw_iv_";
    public const string MailLink = "gw_ml_";
    public const string ExternalState = "gw_es_";

    public const int Length = PrefixChars + RandomChars + ChecksumChars;

    private const int PrefixChars = 6;

    // 62^43 is just above 2^256.
    private const int RandomChars = 43;

    // 62^6 is above 2^32.
    private const int ChecksumChars = 6;
    private const int HintChars = 4;
    private const string Alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create(Alphabet);

    /// <summary>All of them, with what people call the kind.</summary>
    public static readonly IReadOnlyList<(string Prefix, string Name)> Kinds =
    [
        (ApiKey, "an API key"),
        (ClientSecret, "a client secret"),
        (AuthorizationCode, "an authorization code"),
        (DeviceCode, "a device code"),
        (PortalSession, "a portal session"),
        (OperatorToken, "an operator's token"),
        (Session, "a sign-in session"),
        (Visitor, "a visitor's cookie"),
        (Invitation, "an invitation"),
        (MailLink, "the secret of a link in a mail"),
        (ExternalState, "the state of a sign-in elsewhere"),
    ];

    public static string New(string prefix)
    {
        Invariant.Holds(prefix.Length == PrefixChars, "a secret's prefix has six characters");
        return string.Create(
            Length,
            prefix,
            static (text, prefix) =>
            {
                prefix.CopyTo(text);
                RandomNumberGenerator.GetItems(Alphabet, text.Slice(PrefixChars, RandomChars));
                WriteChecksum(text[..^ChecksumChars], text[^ChecksumChars..]);
            }
        );
    }

    /// <summary>Whether it is of that kind and its checksum holds; says nothing of whether it was
    /// ever handed out.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text, string prefix)
    {
        if (
            text.Length != Length
            || !text.StartsWith(prefix, StringComparison.Ordinal)
            || text[PrefixChars..].ContainsAnyExcept(s_alphabet)
        )
        {
            return false;
        }

        Span<char> checksum = stackalloc char[ChecksumChars];
        WriteChecksum(text[..^ChecksumChars], checksum);
        return text.EndsWith(checksum, StringComparison.Ordinal);
    }

    /// <summary>Of a well-formed secret, without allocating.</summary>
    public static SecretHash HashOf(ReadOnlySpan<char> secret)
    {
        Invariant.Holds(secret.Length == Length, "only a well-formed secret is hashed");
        Span<byte> utf8 = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(secret, utf8);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, hash);
        return new SecretHash(hash);
    }

    /// <summary>What may be shown of it for ever: enough to tell two apart, too little to use.</summary>
    public static string HintOf(string secret) =>
        string.Concat(
            secret.AsSpan(0, PrefixChars + HintChars),
            "…",
            secret.AsSpan()[^HintChars..]
        );

    private static void WriteChecksum(ReadOnlySpan<char> text, Span<char> to)
    {
        var rest = Crc32(text);
        for (var i = to.Length - 1; i >= 0; i--)
        {
            (rest, var digit) = Math.DivRem(rest, (uint)Alphabet.Length);
            to[i] = Alphabet[(int)digit];
        }
    }

    /// <summary>CRC-32 as in ISO-HDLC, zip and PNG.</summary>
    internal static uint Crc32(ReadOnlySpan<char> ascii)
    {
        var crc = uint.MaxValue;
        foreach (var c in ascii)
        {
            crc = s_crc[(byte)(crc ^ c)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static readonly uint[] s_crc = NewTable();

    private static uint[] NewTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var entry = i;
            for (var bit = 0; bit < 8; bit++)
            {
                entry = (entry & 1) == 0 ? entry >> 1 : (entry >> 1) ^ 0xEDB88320;
            }

            table[i] = entry;
        }

        return table;
    }
}

/// <summary>SHA-256 of a secret: what is stored, and what the secret is looked up by. A plain hash
/// is enough because what is hashed has 256 random bits.</summary>
public readonly record struct SecretHash
{
    private readonly UInt128 _first;
    private readonly UInt128 _second;

    internal SecretHash(ReadOnlySpan<byte> hash)
    {
        _first = BinaryPrimitives.ReadUInt128BigEndian(hash);
        _second = BinaryPrimitives.ReadUInt128BigEndian(hash[16..]);
    }

    /// <summary>Seeded for each process, so that nobody can prepare secrets that collide.</summary>
    public override int GetHashCode() => HashCode.Combine(_first, _second);

    /// <summary>Lower-case hexadecimal: as it stands in the store.</summary>
    public override string ToString() => $"{_first:x32}{_second:x32}";
}
