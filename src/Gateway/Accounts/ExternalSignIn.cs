using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>How a sign-in elsewhere came out. <c>Flow</c> is what the caller gave at its beginning.</summary>
public abstract record ExternalAnswer(string? Flow)
{
    /// <summary>Sign them in with <see cref="SignInMethod.External"/>.</summary>
    public sealed record Known(Person Person, string? Flow) : ExternalAnswer(Flow);

    /// <summary>The person said no there, or the provider did.</summary>
    public sealed record Refused(string? Flow) : ExternalAnswer(Flow);

    /// <summary>The provider does not vouch for an address that could be an account here.</summary>
    public sealed record NoVerifiedEmail(string? Flow) : ExternalAnswer(Flow);

    /// <summary>Of another browser, too old, used already, or not what was asked for.</summary>
    public sealed record Failed(string? Flow) : ExternalAnswer(Flow);
}

/// <summary>
/// Sign-in at an OpenID provider that the operator configured: code, PKCE and nonce, and only an
/// address that the provider has verified. Nothing secret is stored: verifier and nonce are made
/// from the browser's own cookie, the state is kept as its hash and counts once.
/// </summary>
public sealed partial class ExternalSignIn : IDisposable
{
    private const int FlowCharsMax = 100;
    private const int NameCharsMax = 100;
    private static readonly TimeSpan s_flowFor = TimeSpan.FromMinutes(15);

    private readonly Database _database;
    private readonly People _people;
    private readonly Cookies _cookies;
    private readonly EdgeOptions _edge;
    private readonly TimeProvider _time;
    private readonly ILogger<ExternalSignIn> _log;
    private readonly Dictionary<string, OpenIdConnection> _connections;

    internal ExternalSignIn(
        IReadOnlyList<ExternalProvider> offered,
        Database database,
        People people,
        Cookies cookies,
        EdgeOptions edge,
        TimeProvider time,
        ILogger<ExternalSignIn> log
    )
    {
        (Offered, _database, _people, _cookies) = (offered, database, people, cookies);
        (_edge, _time, _log) = (edge, time, log);
        _connections = offered.ToDictionary(
            one => one.Name,
            one => new OpenIdConnection(one, time),
            StringComparer.Ordinal
        );
    }

    /// <summary>For the buttons of the sign-in page; empty where none is configured.</summary>
    public IReadOnlyList<ExternalProvider> Offered { get; }

    /// <summary>Where providers send the browser back to.</summary>
    public static string CallbackPath(string name) => $"/sign-in/external/{name}/callback";

    /// <summary>The address at the provider to send the browser to; null when there is no such
    /// provider, or it does not answer.</summary>
    public async Task<string?> BeginAsync(string name, HttpContext http, string? flow)
    {
        Invariant.Holds(!(flow?.Length > FlowCharsMax), "a flow is an id of ours");
        if (Find(name) is not { } provider)
        {
            return null;
        }

        try
        {
            var facts = await _connections[name].FactsAsync(http.RequestAborted);
            var visitor = _cookies.KnowVisitor(http);
            var state = Secrets.New(Secrets.ExternalState);
            await KeepAsync(provider, visitor, state, flow);
            return AddressAt(facts, provider, visitor, state);
        }
        catch (ExternalSignInException failure)
        {
            LogFailed(_log, name, failure.Message);
            return null;
        }
    }

    /// <summary>Reads what the provider sent the browser back with.</summary>
    public async Task<ExternalAnswer> CompleteAsync(string name, HttpContext http)
    {
        var query = http.Request.Query;
        if (
            Find(name) is not { } provider
            || query["state"] is not [{ } state]
            || !Secrets.IsWellFormed(state, Secrets.ExternalState)
            || _cookies.VisitorOf(http) is not { } visitor
            || await TakeAsync(provider, visitor, state) is not { } begun
        )
        {
            return new ExternalAnswer.Failed(Flow: null);
        }

        if (query.ContainsKey("error"))
        {
            return new ExternalAnswer.Refused(begun.Flow);
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            return new ExternalAnswer.Failed(begun.Flow);
        }

        try
        {
            var issuer = query["iss"] is [{ } named] ? named : null;
            var identity = await IdentifyAsync(
                provider,
                new Callback(code, issuer, visitor, state),
                http.RequestAborted
            );
            return identity is null
                ? new ExternalAnswer.Failed(begun.Flow)
                : await AdmitAsync(provider, identity, begun.Flow);
        }
        catch (ExternalSignInException failure)
        {
            LogFailed(_log, name, failure.Message);
            return new ExternalAnswer.Failed(begun.Flow);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }
    }

    private async Task<ExternalIdentity?> IdentifyAsync(
        ExternalProvider provider,
        Callback callback,
        CancellationToken ct
    )
    {
        var connection = _connections[provider.Name];
        var facts = await connection.FactsAsync(ct);
        // RFC 9207: an answer of one provider must not be taken to another.
        var isOfAnother = callback.Issuer is null
            ? facts.NamesItself
            : callback.Issuer != provider.Authority;
        if (isOfAnother)
        {
            return null;
        }

        var token = await connection.RedeemAsync(
            callback.Code,
            Derived(callback.Visitor, callback.State, "verifier"),
            RedirectUri(provider),
            ct
        );
        if (IdTokens.KeyIdOf(token) is not { } keyId)
        {
            return null;
        }

        var keys = await connection.KeysAsync(isUnknownKey: false, ct);
        if (!IdTokens.HasKey(keys, keyId))
        {
            keys = await connection.KeysAsync(isUnknownKey: true, ct);
        }

        return IdTokens.Check(
            token,
            keys,
            new ExpectedToken(
                provider.Authority,
                provider.ClientId,
                Derived(callback.Visitor, callback.State, "nonce"),
                _time.GetUtcNow()
            )
        );
    }

    private async Task<ExternalAnswer> AdmitAsync(
        ExternalProvider provider,
        ExternalIdentity identity,
        string? flow
    )
    {
        EmailAddress? email = null;
        if (identity is { IsEmailVerified: true, Email: { } text })
        {
            _ = EmailAddress.Read(text).Denied(out _, out email);
        }

        var person = await _database.WriteAsync(connection =>
            FindLinked(connection, provider, identity)
            ?? (email is null ? null : Link(connection, provider, identity, email))
        );
        return person is null
            ? new ExternalAnswer.NoVerifiedEmail(flow)
            : new ExternalAnswer.Known(person, flow);
    }

    private string AddressAt(
        OpenIdFacts facts,
        ExternalProvider provider,
        string visitor,
        string state
    )
    {
        var challenge = Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(Derived(visitor, state, "verifier")))
        );
        var query = QueryString.Create(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["response_type"] = "code",
                ["client_id"] = provider.ClientId,
                ["redirect_uri"] = RedirectUri(provider),
                ["scope"] = "openid email profile",
                ["state"] = state,
                ["nonce"] = Derived(visitor, state, "nonce"),
                ["code_challenge"] = challenge,
                ["code_challenge_method"] = "S256",
            }
        );
        var address = facts.Authorize.AbsoluteUri;
        return facts.Authorize.Query.Length > 0
            ? address + "&" + query.Value![1..]
            : address + query.Value;
    }

    // 43 characters of base64url, as RFC 7636 wants them at least.
    private static string Derived(string visitor, string state, string what) =>
        Base64Url.EncodeToString(
            HMACSHA256.HashData(
                Encoding.ASCII.GetBytes(visitor),
                Encoding.ASCII.GetBytes($"arda external {what} 1 {state}")
            )
        );

    private string RedirectUri(ExternalProvider provider) =>
        _edge.PublicUrl + CallbackPath(provider.Name);

    private ExternalProvider? Find(string name) => Offered.FirstOrDefault(one => one.Name == name);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A sign-in by '{Provider}' failed: {Failure}"
    )]
    private static partial void LogFailed(ILogger log, string provider, string failure);

    private sealed record Begun(string? Flow);

    private sealed record Callback(string Code, string? Issuer, string Visitor, string State);
}
