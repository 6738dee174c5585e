using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>What a client shows to redeem a code.</summary>
internal sealed record CodeRedemption(App Client, string Code, string RedirectUri, string Verifier);

/// <summary>
/// Authorization codes: one minute, one use. Client, address and verifier are checked before
/// anything is consumed; consuming and making the key are one transaction. A second use that is
/// right in all respects ends the key of the first, because one of the two was a thief; a second
/// use that is wrong somewhere ends nothing, or anybody who saw the code could.
/// </summary>
internal sealed class AuthorizationCodes(Database database, GrantedKeys keys)
{
    public static readonly TimeSpan LivesFor = TimeSpan.FromSeconds(60);

    public const int WrongVerifiersMax = 5;

    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(7);

    /// <summary>Inside a write.</summary>
    public string Issue(
        DbConnection connection,
        AuthorizeRequest request,
        Session session,
        Connection grant,
        IReadOnlyList<string> scopes
    )
    {
        var code = Secrets.New(Secrets.AuthorizationCode);
        var now = database.Now(connection);
        connection.Execute(
            "DELETE FROM oauth_code WHERE expires_at < @before",
            ("before", now - (long)s_keptFor.TotalMilliseconds)
        );
        connection.Execute(
            """
            INSERT INTO oauth_code(hash, app, owner, project, connection, scopes, redirect_uri,
                   challenge, nonce, auth_time, created_at, expires_at)
            VALUES(@hash, @app, @owner, @project, @connection, @scopes, @uri, @challenge, @nonce,
                   @auth, @now, @expires)
            """,
            ("hash", Secrets.HashOf(code).ToString()),
            ("app", request.App.Id.Value),
            ("owner", session.Person.Id.Value),
            ("project", grant.Project.Value),
            ("connection", grant.Id.Value),
            ("scopes", Scopes.Text(scopes)),
            ("uri", request.RedirectUri),
            ("challenge", request.Challenge),
            ("nonce", request.EscapedNonce),
            ("auth", session.AuthenticatedAt.ToUnixTimeMilliseconds()),
            ("now", now),
            ("expires", now + (long)LivesFor.TotalMilliseconds)
        );
        return code;
    }

    public async Task<Redeemed> RedeemAsync(CodeRedemption asked, CancellationToken ct) =>
        Secrets.IsWellFormed(asked.Code, Secrets.AuthorizationCode)
            ? await keys.FinishAsync(
                await database.WriteAsync(connection => Redeem(connection, asked)),
                ct
            )
            : new Redeemed(s_notValid);

    private static readonly OAuthError s_notValid = OAuthError.InvalidGrant(
        "The code is not valid: unknown, expired, used, or made for another request."
    );

    private Redeemed Redeem(DbConnection connection, CodeRedemption asked)
    {
        var hash = Secrets.HashOf(asked.Code).ToString();
        var found = Find(connection, hash);
        if (
            found is not { } code
            || code.Grant.App != asked.Client.Id
            || code.RedirectUri != asked.RedirectUri
            || code.WrongVerifiers >= WrongVerifiersMax
        )
        {
            return new Redeemed(s_notValid);
        }

        if (!Digest.AreEqual(Digest.Challenge(asked.Verifier), code.Challenge))
        {
            connection.Execute(
                "UPDATE oauth_code SET wrong_verifiers = wrong_verifiers + 1 WHERE hash = @hash",
                ("hash", hash)
            );
            return new Redeemed(s_notValid);
        }

        if (code.Key is { } key)
        {
            return new Redeemed(s_notValid) { Ends = keys.EndReplayed(connection, key) };
        }

        if (code.ExpiresAt <= database.Now(connection))
        {
            return new Redeemed(s_notValid);
        }

        var redeemed = keys.Mint(connection, asked.Client, code.Grant);
        if (redeemed.Key is { } minted)
        {
            connection.Execute(
                "UPDATE oauth_code SET consumed_at = @now, key = @key WHERE hash = @hash",
                ("now", database.Now(connection)),
                ("key", minted.Key.Id.Value),
                ("hash", hash)
            );
        }

        return redeemed;
    }

    private static StoredCode? Find(DbConnection connection, string hash) =>
        connection.QueryOne(
            """
            SELECT app, owner, project, connection, scopes, redirect_uri, challenge, nonce,
                   auth_time, wrong_verifiers, expires_at, key
              FROM oauth_code WHERE hash = @hash
            """ + connection.ForUpdate(),
            row => new StoredCode(
                new RedeemableGrant
                {
                    App = new AppId(row.GetString(0)),
                    Owner = new UserId(row.GetString(1)),
                    Project = new ProjectId(row.GetString(2)),
                    Connection = new ConnectionId(row.GetString(3)),
                    Scopes = Scopes.Read(row.GetString(4)),
                    Nonce = row.TextOrNull(7) is { } nonce ? Uri.UnescapeDataString(nonce) : null,
                    AuthenticatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)),
                },
                row.GetString(5),
                row.GetString(6),
                (int)row.GetInt64(9),
                row.GetInt64(10),
                row.TextOrNull(11) is { } key ? new KeyId(key) : null
            ),
            ("hash", hash)
        );

    private sealed record StoredCode(
        RedeemableGrant Grant,
        string RedirectUri,
        string Challenge,
        int WrongVerifiers,
        long ExpiresAt,
        KeyId? Key
    );
}
