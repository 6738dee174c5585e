using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Arda.Gateway.Http;

namespace Arda.Gateway.OAuth;

/// <summary>
/// <c>POST /security/leaked-keys</c>: reports of secret scanners in the form of GitHub's partner
/// programme. Believed only with an ECDSA P-256 signature over the raw body by a public key that the
/// operator has configured under <c>LeakReports:Keys</c>.
/// </summary>
internal sealed class LeakReports(LeakedKeys leaked, IReadOnlyDictionary<string, ECDsa> signers)
{
    private const int BodyBytesMax = 8 << 20;

    private static readonly OAuthError s_notSigned = new(
        StatusCodes.Status401Unauthorized,
        "invalid_signature",
        "The report is not signed by a key that this gateway knows; nothing was revoked."
    );

    /// <exception cref="ConfigurationException">A key that is none.</exception>
    public static IReadOnlyDictionary<string, ECDsa> ReadSigners(IConfiguration configuration)
    {
        var signers = new Dictionary<string, ECDsa>(StringComparer.Ordinal);
        foreach (var entry in configuration.GetSection("LeakReports:Keys").GetChildren())
        {
            var text = entry.Value ?? "";
            var key = ECDsa.Create();
            try
            {
                key.ImportFromPem(
                    text.StartsWith("-----BEGIN", StringComparison.Ordinal)
                        ? text
                        : File.ReadAllText(text)
                );
            }
            catch (Exception mistake) when (mistake is ArgumentException or IOException)
            {
                throw new ConfigurationException(
                    entry.Path,
                    text,
                    "a public key on P-256 as PEM text, or the path of one"
                );
            }

            signers[entry.Key] = key;
        }

        return signers;
    }

    public async Task<OAuthError?> AnswerAsync(HttpContext http)
    {
        var read = await RequestBodies.ReadJsonAsync(
            http.Request,
            BodyBytesMax,
            http.RequestAborted
        );
        if (read.Denied(out var denial, out var body))
        {
            await Errors.WriteForPathAsync(http, denial);
            return null;
        }

        using (body)
        {
            if (!IsSigned(http.Request, body.Bytes.Span))
            {
                return s_notSigned;
            }

            if (Entries(body.Bytes.Span) is not { } entries)
            {
                return OAuthError.InvalidRequest("The report is a JSON array of tokens.");
            }

            await AnswerAsync(http, entries);
            return null;
        }
    }

    private async Task AnswerAsync(HttpContext http, IReadOnlyList<LeakEntry> entries)
    {
        var answer = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartArray();
            foreach (var entry in entries)
            {
                var isOurs = await leaked.ReportAsync(
                    entry.Token ?? "",
                    entry.Url,
                    CancellationToken.None
                );
                json.WriteStartObject();
                // As its hash: an answer may be kept where a key must not be.
                json.WriteString("token_hash"u8, HashOf(entry.Token ?? ""));
                json.WriteString("token_type"u8, entry.Type ?? "arda_gateway_key");
                json.WriteString("label"u8, isOurs ? "true_positive" : "false_positive");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        await OAuthAnswers.WriteAsync(http, answer.WrittenMemory);
    }

    private bool IsSigned(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var id = request.Headers["Github-Public-Key-Identifier"].ToString();
        var signature = request.Headers["Github-Public-Key-Signature"].ToString();
        var bytes = new byte[signature.Length];
        return signers.TryGetValue(id, out var signer)
            && Convert.TryFromBase64String(signature, bytes, out var length)
            && signer.VerifyData(
                body,
                bytes.AsSpan(0, length),
                HashAlgorithmName.SHA256,
                DSASignatureFormat.Rfc3279DerSequence
            );
    }

    private static IReadOnlyList<LeakEntry>? Entries(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, LeakJson.Default.IReadOnlyListLeakEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // GitHub's own form: base64 of SHA-256.
    private static string HashOf(string token) =>
        Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));
}

internal sealed record LeakEntry
{
    public string? Token { get; init; }

    public string? Type { get; init; }

    public string? Url { get; init; }
}

internal sealed record LeakList
{
    public required IReadOnlyList<string> Tokens { get; init; }

    public string? Where { get; init; }
}

/// <summary>How many of them are keys of this gateway; all of those are revoked now.</summary>
internal sealed record LeakCount(int Revoked);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<LeakEntry>))]
[JsonSerializable(typeof(LeakList))]
[JsonSerializable(typeof(LeakCount))]
internal sealed partial class LeakJson : JsonSerializerContext;
