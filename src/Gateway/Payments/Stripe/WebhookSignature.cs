using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Payments.Stripe;

/// <summary>
/// The header <c>Stripe-Signature: t=…,v1=…[,v1=…]</c>: HMAC-SHA256 over "t.body" of the raw bytes.
/// Several secrets may be valid at once (own account, connected accounts, a secret being rolled),
/// and several signatures may stand in one header.
/// </summary>
internal static class WebhookSignature
{
    public const string Header = "Stripe-Signature";

    private const int HexChars = 64;
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(300);

    public static bool IsValid(
        string? header,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> secrets,
        DateTimeOffset now
    )
    {
        var (stamp, signatures) = Parse(header);
        if (
            stamp is null
            || !long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || Math.Abs(now.ToUnixTimeSeconds() - at) > s_tolerance.TotalSeconds
        )
        {
            return false;
        }

        var isValid = false;
        foreach (var secret in secrets)
        {
            var expected = Encoding.ASCII.GetBytes(HexOf(stamp, body, secret));
            foreach (var signature in signatures)
            {
                // No early way out: the time taken says nothing of which one nearly matched.
                isValid |= CryptographicOperations.FixedTimeEquals(
                    expected,
                    Encoding.ASCII.GetBytes(signature)
                );
            }
        }

        return isValid;
    }

    public static string Sign(ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        var stamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={stamp},v1={HexOf(stamp, body, secret)}";
    }

    private static string HexOf(string stamp, ReadOnlySpan<byte> body, string secret)
    {
        using var hmac = IncrementalHash.CreateHMAC(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(secret)
        );
        hmac.AppendData(Encoding.ASCII.GetBytes(stamp + "."));
        hmac.AppendData(body);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    private static (string? Stamp, List<string> Signatures) Parse(string? header)
    {
        string? stamp = null;
        List<string> signatures = [];
        foreach (var part in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal))
            {
                stamp ??= part[2..];
            }
            else if (
                part.StartsWith("v1=", StringComparison.Ordinal)
                && part.Length == 3 + HexChars
            )
            {
                signatures.Add(part[3..]);
            }
        }

        return (stamp, signatures);
    }
}
