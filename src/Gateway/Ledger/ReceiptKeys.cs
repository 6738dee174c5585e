using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Ledger;

/// <summary>
/// The key that signs receipts. It lives in a file that only this process reads, or comes by
/// configuration; never in the database. Public keys of former signing keys may follow it in the
/// same text: they stay published, so that old receipts keep their proof.
/// </summary>
public sealed class ReceiptKeys : IDisposable
{
    private readonly ECDsa _signer;
    private readonly string _header;

    private ReceiptKeys(ECDsa signer, IEnumerable<ECParameters> retired)
    {
        _signer = signer;
        var own = Jwk(signer.ExportParameters(includePrivateParameters: false));
        KeyId = (string)own["kid"]!;
        JwkSet = new JsonObject
        {
            ["keys"] = new JsonArray([own, .. retired.Select(Jwk)]),
        }.ToJsonString();
        var header = $$"""{"alg":"ES256","kid":"{{KeyId}}","typ":"receipt+jws"}""";
        _header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
    }

    /// <summary>RFC 7638 thumbprint of the signing key.</summary>
    public string KeyId { get; }

    /// <summary>The public keys (RFC 7517), for whoever verifies a receipt.</summary>
    public string JwkSet { get; }

    /// <summary>Reads the key, and makes it first where there is none.</summary>
    public static ReceiptKeys FromFile(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        return FromPem(File.ReadAllText(path));
    }

    /// <summary>A private key on P-256, followed by public keys that are still to be published.</summary>
    public static ReceiptKeys FromPem(string pem)
    {
        var signer = ECDsa.Create();
        signer.ImportFromPem(First(pem, "PRIVATE KEY"));
        var publics = new List<ECParameters>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is "PUBLIC KEY")
            {
                using var key = ECDsa.Create();
                key.ImportFromPem(rest[fields.Location]);
                publics.Add(key.ExportParameters(includePrivateParameters: false));
            }

            rest = rest[fields.Location.End..];
        }

        return new ReceiptKeys(signer, publics);
    }

    /// <summary>JWS compact serialisation (RFC 7515) over exactly these bytes.</summary>
    public string Sign(ReadOnlySpan<byte> payload)
    {
        var input = _header + "." + Base64Url.EncodeToString(payload);
        byte[] signature;
        lock (_signer)
        {
            signature = _signer.SignData(
                Encoding.ASCII.GetBytes(input),
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            );
        }

        return input + "." + Base64Url.EncodeToString(signature);
    }

    public void Dispose() => _signer.Dispose();

    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
        {
            // From its first byte on: a file made readable and narrowed later has been readable.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.WriteLine(key.ExportPkcs8PrivateKeyPem());
    }

    private static string First(string pem, string label)
    {
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].EndsWith(label))
            {
                return rest[fields.Location].ToString();
            }

            rest = rest[fields.Location.End..];
        }

        throw new CryptographicException(
            "The receipt key must be a PEM text with a private key on P-256 (BEGIN PRIVATE KEY)."
        );
    }

    private static JsonObject Jwk(ECParameters key)
    {
        if (key.Q.X is not { Length: 32 } x || key.Q.Y is not { Length: 32 } y)
        {
            throw new CryptographicException("A receipt key must be on P-256.");
        }

        var (x64, y64) = (Base64Url.EncodeToString(x), Base64Url.EncodeToString(y));
        // RFC 7638: the required members alone, in this order, without white space.
        var canonical = $$"""{"crv":"P-256","kty":"EC","x":"{{x64}}","y":"{{y64}}"}""";
        var thumbprint = SHA256.HashData(Encoding.UTF8.GetBytes(canonical));
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = x64,
            ["y"] = y64,
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = Base64Url.EncodeToString(thumbprint),
        };
    }
}
