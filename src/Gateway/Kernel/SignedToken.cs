using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Kernel;

/// <summary>
/// A JSON web token in its compact form (RFC 7515 §7.1): read without believing any of it, and
/// checked against a public key. Only the two common algorithms of public keys; <c>none</c> and
/// shared keys never.
/// </summary>
public sealed class SignedToken
{
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private SignedToken(JsonElement header, JsonElement claims, byte[] signed, byte[] signature) =>
        (Header, Claims, _signed, _signature) = (header, claims, signed, signature);

    public JsonElement Header { get; }

    /// <summary>Anybody's words until <see cref="IsSignedBy"/> says otherwise.</summary>
    public JsonElement Claims { get; }

    /// <summary>Null when it is not three parts of base64url with two JSON objects.</summary>
    public static SignedToken? Read(string token)
    {
        if (token.Split('.') is not [var header, var claims, var signature])
        {
            return null;
        }

        try
        {
            return ObjectOf(header) is { } head && ObjectOf(claims) is { } body
                ? new SignedToken(
                    head,
                    body,
                    Encoding.ASCII.GetBytes(header + "." + claims),
                    Base64Url.DecodeFromChars(signature)
                )
                : null;
        }
        catch (Exception mistake) when (mistake is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The token of these two, as <paramref name="sign"/> seals it.</summary>
    public static string Write(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> claims,
        Func<byte[], byte[]> sign
    )
    {
        var signed = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(claims);
        return signed + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)));
    }

    /// <summary>Whether that public key (RFC 7517) sealed it, by an algorithm of its kind.</summary>
    public bool IsSignedBy(JsonElement key)
    {
        try
        {
            return TextOf(key, "kty") switch
            {
                "RSA" => IsSignedByRsa(BytesOf(key, "n"), BytesOf(key, "e")),
                "EC" => IsSignedByEc(BytesOf(key, "x"), BytesOf(key, "y")),
                _ => false,
            };
        }
        catch (Exception mistake) when (mistake is FormatException or CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The same for an RSA key that is no JSON.</summary>
    public bool IsSignedByRsa(byte[] modulus, byte[] exponent)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        return TextOf(Header, "alg") == "RS256"
            && rsa.VerifyData(
                _signed,
                _signature,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            );
    }

    /// <summary>A member that is a string; null for any other.</summary>
    public static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private bool IsSignedByEc(byte[] x, byte[] y)
    {
        using var ec = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = x, Y = y },
            }
        );
        return TextOf(Header, "alg") == "ES256"
            && ec.VerifyData(_signed, _signature, HashAlgorithmName.SHA256);
    }

    private static byte[] BytesOf(JsonElement key, string name) =>
        Base64Url.DecodeFromChars(
            TextOf(key, name) ?? throw new FormatException("The key is not whole.")
        );

    private static JsonElement? ObjectOf(string part)
    {
        using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
        return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
    }
}
