using System.Net.Http.Headers;
using System.Text;

namespace Arda.Gateway.Sdk;

/// <summary>
/// Connects users: OAuth 2.1 with PKCE for apps that can open a browser and be called back, device
/// codes for those that cannot. Either way ends with a <see cref="GatewayConnection"/>. Safe to
/// share between threads; makes one request for each call and repeats none by itself.
/// </summary>
public sealed partial class GatewayOAuthClient
{
    private readonly GatewayOAuthOptions _options;
    private readonly HttpClient? _http;
    private readonly GatewayTransport _transport;

    /// <summary>An OAuth client for one app.</summary>
    /// <param name="options">Who the app is.</param>
    /// <param name="http">Your own, for proxies, tests or logging. Switch its handler's
    /// <see cref="SocketsHttpHandler.AllowAutoRedirect"/> off: nothing here redirects, and
    /// following a redirect would carry codes and keys elsewhere. It is not disposed here.</param>
    /// <exception cref="GatewayArgumentException"><c>missing_argument</c> or
    /// <c>invalid_base_url</c>.</exception>
    public GatewayOAuthClient(GatewayOAuthOptions options, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        GatewayArgumentException.Required(options.ClientId, nameof(options.ClientId));
        (_options, _http) = (options, http);
        _transport = new GatewayTransport(http, options.BaseAddress, options.TimeProvider);
    }

    /// <summary>
    /// What the consent page will say about the app: its name, publisher, scopes and markup. Use it
    /// to tell the user beforehand, or to find out early that the registration does not fit.
    /// </summary>
    /// <param name="redirectUri">One of the app's registered redirect URIs, character for
    /// character.</param>
    /// <param name="scopes">What you mean to ask for; the app's registered scopes when
    /// absent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayOAuthException"><c>invalid_client</c>, <c>invalid_redirect_uri</c>,
    /// or <c>app_not_approved</c> (with <see cref="GatewayOAuthException.AppStatus"/>).</exception>
    public async Task<GatewayAuthorizeInfo> GetAuthorizeInfoAsync(
        string redirectUri,
        IReadOnlyCollection<string>? scopes = null,
        CancellationToken cancellationToken = default
    )
    {
        var call = new GatewayCall(HttpMethod.Get, "/oauth/authorize/info")
        {
            Query =
            [
                new("client_id", _options.ClientId),
                new("redirect_uri", GatewayArgumentException.Required(redirectUri, "redirectUri")),
                .. Scope(scopes),
            ],
        };
        var answer = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess
            ? answer.Read(GatewayJson.Default.GatewayAuthorizeInfo, "an app")
            : throw OAuthErrors.Of(answer);
    }

    /// <summary>Prepares the trip to the consent page: an authorization request with PKCE
    /// (RFC 7636, S256). Calls nobody.</summary>
    /// <param name="request">What to ask for.</param>
    /// <exception cref="GatewayArgumentException"><c>missing_argument</c>.</exception>
    public GatewayAuthorization CreateAuthorization(GatewayAuthorizationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var redirectUri = GatewayArgumentException.Required(request.RedirectUri, "RedirectUri");
        var state = request.State is { } own
            ? GatewayArgumentException.Required(own, "State")
            : ProofKey.RandomText();
        var verifier = ProofKey.RandomText();
        var challenge = ProofKey.ChallengeOf(verifier);
        List<KeyValuePair<string, string>> query =
        [
            new("response_type", "code"),
            new("client_id", _options.ClientId),
            new("redirect_uri", redirectUri),
            new("code_challenge", challenge),
            new("code_challenge_method", "S256"),
            new("state", state),
            .. Scope(request.Scopes),
        ];
        if (request.Nonce is { } nonce)
        {
            query.Add(new("nonce", GatewayArgumentException.Required(nonce, "Nonce")));
        }

        var call = new GatewayCall(HttpMethod.Get, "/oauth/authorize") { Query = query };
        using var page = call.ToRequest(_transport.BaseAddress);
        return new GatewayAuthorization
        {
            Url = page.RequestUri!,
            RedirectUri = redirectUri,
            CodeVerifier = verifier,
            CodeChallenge = challenge,
            State = state,
            Nonce = request.Nonce,
        };
    }

    /// <summary>
    /// Reads the URL that the gateway sent the user back to, and believes it only when its
    /// <c>state</c> is the expected one (RFC 6749 §10.12) and its <c>iss</c> is this gateway
    /// (RFC 9207 §2.4). Calls nobody.
    /// </summary>
    /// <param name="callback">The whole URL, with its query.</param>
    /// <param name="state">The <see cref="GatewayAuthorization.State"/> that you kept for this very
    /// user.</param>
    /// <exception cref="GatewayAccessDeniedException">The user said no.</exception>
    /// <exception cref="GatewayOAuthException">Any other <c>error</c> (RFC 6749
    /// §4.1.2.1).</exception>
    /// <exception cref="GatewayCallbackException">The callback is not to be believed.</exception>
    public GatewayCallback ParseCallback(Uri callback, string state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        GatewayArgumentException.Required(state, nameof(state));
        return CallbackReader.Read(callback, state, _transport.BaseAddress);
    }

    /// <summary>Checks the callback and trades its code: <see cref="ParseCallback"/> and
    /// <see cref="ExchangeCodeAsync"/> in one, with what <see cref="CreateAuthorization"/>
    /// answered.</summary>
    /// <param name="authorization">What you kept for this very user. Forget it before you call, so
    /// that a page loaded twice does not send the code twice.</param>
    /// <param name="callback">The whole URL, with its query.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayConnection> CompleteAsync(
        GatewayAuthorization authorization,
        Uri callback,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(authorization);
        var exchange = new GatewayCodeExchange
        {
            RedirectUri = authorization.RedirectUri,
            Code = ParseCallback(callback, authorization.State).Code,
            CodeVerifier = authorization.CodeVerifier,
            Nonce = authorization.Nonce,
        };
        return ExchangeCodeAsync(exchange, cancellationToken);
    }

    /// <summary>
    /// Trades the code for a user-owned key (RFC 6749 §4.1.3, RFC 7636 §4.5). Check the callback
    /// before, with <see cref="ParseCallback"/>. It is never repeated by itself, and must not be: a
    /// code that comes twice makes the gateway revoke the key that it gave for it (OAuth 2.1
    /// §4.1.3). When the answer was lost, start again.
    /// </summary>
    /// <param name="exchange">The code, and what belongs to it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayOAuthException">Such as <c>invalid_grant</c>
    /// (RFC 6749 §5.2).</exception>
    public async Task<GatewayConnection> ExchangeCodeAsync(
        GatewayCodeExchange exchange,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var call = Authenticated(
            "/oauth/token",
            [
                new("grant_type", "authorization_code"),
                new("code", GatewayArgumentException.Required(exchange.Code, "Code")),
                new(
                    "redirect_uri",
                    GatewayArgumentException.Required(exchange.RedirectUri, "RedirectUri")
                ),
                new(
                    "code_verifier",
                    GatewayArgumentException.Required(exchange.CodeVerifier, "CodeVerifier")
                ),
            ]
        );
        var answer = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess
            ? ConnectionOf(answer, exchange.Nonce)
            : throw OAuthErrors.Of(answer);
    }

    /// <summary>Client authentication: <c>client_id</c> alone, or both by Basic
    /// (RFC 6749 §2.3.1, §3.2.1).</summary>
    private GatewayCall Authenticated(string path, List<KeyValuePair<string, string>> form)
    {
        if (_options.ClientSecret is not { } secret)
        {
            form.Add(new("client_id", _options.ClientId));
            return new GatewayCall(HttpMethod.Post, path) { Form = form };
        }

        // RFC 6749 appendix B: both parts are form-encoded before they are joined.
        var pair = $"{FormEncoded(_options.ClientId)}:{FormEncoded(secret)}";
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes(pair));
        return new GatewayCall(HttpMethod.Post, path)
        {
            Form = form,
            Authorization = new AuthenticationHeaderValue("Basic", credentials),
        };
    }

    private GatewayConnection ConnectionOf(GatewayAnswer answer, string? nonce)
    {
        var token = answer.Read(GatewayJson.Default.TokenWire, "a token answer");
        if (!token.TokenType.Equals("bearer", StringComparison.OrdinalIgnoreCase))
        {
            throw answer.Unreadable("a bearer token");
        }

        if (token.IdToken is { } jwt && !IdTokens.Fits(jwt, _options.ClientId, nonce))
        {
            throw new GatewayResponseException(
                "The ID token is for another app or another sign-in.",
                answer.Status,
                answer.RequestId
            );
        }

        return new GatewayConnection
        {
            ApiKey = token.AccessToken,
            KeyId = token.KeyId,
            Scopes = token.Scope.Split(' '),
            Project = token.Project,
            ExpiresIn = token.ExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            IdToken = token.IdToken,
            Gateway = new ArdaGatewayClient(
                new ArdaGatewayClientOptions
                {
                    ApiKey = token.AccessToken,
                    BaseAddress = new Uri(_transport.BaseAddress),
                    TimeProvider = _options.TimeProvider,
                },
                _http
            ),
        };
    }

    // RFC 6749 §3.3: one text, parted by spaces.
    private static IEnumerable<KeyValuePair<string, string>> Scope(
        IReadOnlyCollection<string>? scopes
    ) => scopes is { Count: > 0 } ? [new("scope", string.Join(' ', scopes))] : [];

    private static string FormEncoded(string text) =>
        Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
