using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Http;

namespace Arda.Gateway.OAuth;

/// <summary>
/// What private signing keys are sealed with in the store (AES-256-GCM). It comes by configuration,
/// the same for all nodes, or from a file in the data directory that only this process reads; never
/// from the store itself, so that a copy of the store signs nothing.
/// </summary>
internal sealed class SigningSeal
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const string ConfigKey = "OAuth:SigningKeySecret";
    private const string FileKey = "OAuth:SigningKeySecretFile";

    private readonly byte[] _key;

    private SigningSeal(byte[] key) =>
        (_key, Id) = (
            key,
            Convert.ToHexStringLower(
                HMACSHA256.HashData(key, Encoding.ASCII.GetBytes("arda signing seal id"))
            )[..16]
        );

    /// <summary>Tells two secrets apart and says nothing of either.</summary>
    public string Id { get; }

    /// <exception cref="ConfigurationException">A secret that is none.</exception>
    public static SigningSeal Read(IConfiguration configuration, string dataDirectory)
    {
        if (configuration[ConfigKey] is { Length: > 0 } text)
        {
            return Of(text, ConfigKey);
        }

        if (configuration[FileKey] is { Length: > 0 } path)
        {
            return Of(File.ReadAllText(path).Trim(), FileKey);
        }

        Directory.CreateDirectory(dataDirectory);
        var own = Path.Combine(dataDirectory, "oauth-signing.secret");
        if (!File.Exists(own))
        {
            Create(own);
        }

        return Of(File.ReadAllText(own).Trim(), own);
    }

    public string Seal(ReadOnlySpan<byte> open, string kid)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var closed = new byte[open.Length];
        var tag = new byte[TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, open, closed, tag, Encoding.ASCII.GetBytes(kid));
        return Convert.ToBase64String([.. nonce, .. tag, .. closed]);
    }

    public byte[] Open(string text, string kid)
    {
        var bytes = Convert.FromBase64String(text);
        var open = new byte[bytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Decrypt(
            bytes.AsSpan(0, NonceBytes),
            bytes.AsSpan(NonceBytes + TagBytes),
            bytes.AsSpan(NonceBytes, TagBytes),
            open,
            Encoding.ASCII.GetBytes(kid)
        );
        return open;
    }

    private static SigningSeal Of(string base64, string key)
    {
        var bytes = new byte[KeyBytes];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length == KeyBytes
            ? new SigningSeal(bytes)
            : throw new ConfigurationException(
                key,
                "(not shown)",
                "32 random bytes in base64, such as 'openssl rand -base64 32' prints"
            );
    }

    private static void Create(string path)
    {
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
        file.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
    }
}
