using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>The public half of a signing key (RFC 7517), and when it began to sign.</summary>
internal sealed record PublicSigningKey
{
    public required string Kid { get; init; }

    /// <summary>Modulus and exponent as base64url.</summary>
    public required string N { get; init; }

    public required string E { get; init; }

    public RSA ToRsa()
    {
        var rsa = RSA.Create();
        rsa.ImportParameters(
            new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(N),
                Exponent = Base64Url.DecodeFromChars(E),
            }
        );
        return rsa;
    }
}

/// <summary>
/// The keys of ID tokens. All nodes publish all of them; a node signs with the newest one that it
/// can open. The next key is published a while before it signs, because clients keep the set for
/// minutes, and an old one stays published for as long as its tokens may be shown.
/// </summary>
internal sealed class SigningKeys(Database database, SigningSeal seal, OAuthOptions options)
    : IDisposable
{
    /// <summary>Twice what caches may keep the set.</summary>
    public static readonly TimeSpan PublishedBefore = TimeSpan.FromMinutes(10);

    /// <summary>What <c>/oauth/jwks</c> allows caches.</summary>
    public static readonly TimeSpan CachedFor = TimeSpan.FromMinutes(5);

    private const int Bits = 2_048;
    private const long RereadMs = 30_000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Known? _known;

    /// <summary>All that verify, the newest first.</summary>
    public async Task<IReadOnlyList<PublicSigningKey>> PublishedAsync() =>
        (await CurrentAsync()).Published;

    public async Task<(string Kid, byte[] Signature)> SignAsync(Func<string, byte[]> inputFor)
    {
        var known = await CurrentAsync();
        var input = inputFor(known.SignerKid);
        lock (known.Signer)
        {
            return (
                known.SignerKid,
                known.Signer.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            );
        }
    }

    /// <summary>Publishes the next key now, to sign with in a while. Called by itself when the
    /// current one gets old.</summary>
    public async Task<string> RotateAsync()
    {
        var made = await database.WriteAsync(connection =>
        {
            connection.LockNamed("oauth-signing", shared: false);
            return Create(
                connection,
                database.Now(connection) + (long)PublishedBefore.TotalMilliseconds
            );
        });
        Forget();
        return made;
    }

    /// <summary>The next question reads the store.</summary>
    internal void Forget() => _known = null;

    public void Dispose()
    {
        _known?.Signer.Dispose();
        _gate.Dispose();
    }

    private async Task<Known> CurrentAsync()
    {
        var known = _known;
        if (known is not null && known.IsCurrent(await NowAsync()))
        {
            return known;
        }

        await _gate.WaitAsync();
        try
        {
            return _known is { } other && other != known
                ? other
                : _known = await database.WriteAsync(Read);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<long> NowAsync()
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        return database.Now(connection);
    }

    private Known Read(DbConnection connection)
    {
        connection.LockNamed("oauth-signing", shared: false);
        var now = database.Now(connection);
        connection.Execute(
            """
            DELETE FROM oauth_signing_key
             WHERE created_at < @before AND kid <> (
                   SELECT kid FROM oauth_signing_key k WHERE k.sealed_by = oauth_signing_key.sealed_by
                    ORDER BY active_from DESC LIMIT 1)
            """,
            ("before", now - (long)(options.SigningKeyLife * 2).TotalMilliseconds)
        );
        var rows = Rows(connection);
        if (!rows.Exists(row => row.SealedBy == seal.Id))
        {
            // The very first of this secret: nobody can know an older one of it.
            Create(connection, now);
            rows = Rows(connection);
        }

        var own = rows.Where(row => row.SealedBy == seal.Id).ToList();
        if (now - own[0].ActiveFrom > options.SigningKeyLife.TotalMilliseconds)
        {
            Create(connection, now + (long)PublishedBefore.TotalMilliseconds);
            rows = Rows(connection);
            own = [.. rows.Where(row => row.SealedBy == seal.Id)];
        }

        var signing = own.Find(row => row.ActiveFrom <= now) ?? own[^1];
        var next = own.Where(row => row.ActiveFrom > now).Select(row => row.ActiveFrom);
        var signer = RSA.Create();
        signer.ImportPkcs8PrivateKey(seal.Open(signing.SealedPrivate, signing.Kid), out _);
        return new Known(
            signer,
            signing.Kid,
            [.. rows.Select(PublicOf)],
            Math.Min(now + RereadMs, next.DefaultIfEmpty(long.MaxValue).Min()),
            now
        );
    }

    private string Create(DbConnection connection, long activeFrom)
    {
        using var rsa = RSA.Create(Bits);
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        var n = Base64Url.EncodeToString(parameters.Modulus);
        var e = Base64Url.EncodeToString(parameters.Exponent);
        // RFC 7638: the required members alone, in this order, without white space.
        var canonical = $$"""{"e":"{{e}}","kty":"RSA","n":"{{n}}"}""";
        var kid = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        connection.Execute(
            """
            INSERT INTO oauth_signing_key(kid, sealed_by, public_key, sealed_private_key,
                   active_from, created_at)
            VALUES(@kid, @seal, @public, @private, @active, @now)
            """,
            ("kid", kid),
            ("seal", seal.Id),
            ("public", n + "." + e),
            ("private", seal.Seal(rsa.ExportPkcs8PrivateKey(), kid)),
            ("active", activeFrom),
            ("now", database.Now(connection))
        );
        return kid;
    }

    private static List<Row> Rows(DbConnection connection) =>
        connection.Query(
            """
            SELECT kid, sealed_by, public_key, sealed_private_key, active_from
              FROM oauth_signing_key ORDER BY active_from DESC, kid
            """,
            row => new Row(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetString(3),
                row.GetInt64(4)
            )
        );

    private static PublicSigningKey PublicOf(Row row)
    {
        var parts = row.Public.Split('.');
        return new PublicSigningKey
        {
            Kid = row.Kid,
            N = parts[0],
            E = parts[1],
        };
    }

    private sealed record Row(
        string Kid,
        string SealedBy,
        string Public,
        string SealedPrivate,
        long ActiveFrom
    );

    private sealed record Known(
        RSA Signer,
        string SignerKid,
        IReadOnlyList<PublicSigningKey> Published,
        long UntilMs,
        long ReadAtMs
    )
    {
        public bool IsCurrent(long now) => now < UntilMs && now >= ReadAtMs;
    }
}
