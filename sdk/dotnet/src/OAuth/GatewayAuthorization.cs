namespace Arda.Gateway.Sdk;

/// <summary>What to ask the user for.</summary>
public sealed record GatewayAuthorizationRequest
{
    /// <summary>One of the app's registered redirect URIs, character for character
    /// (RFC 9700 §2.1).</summary>
    public required string RedirectUri { get; init; }

    /// <summary>What to ask for, of <see cref="GatewayScopes"/>; the app's registered scopes when
    /// absent.</summary>
    public IReadOnlyCollection<string>? Scopes { get; init; }

    /// <summary>Your own unguessable state; 256 random bits when absent (RFC 6749
    /// §10.12).</summary>
    public string? State { get; init; }

    /// <summary>Comes back in the ID token when <c>openid</c> is asked for
    /// (OIDC Core §3.1.2.1).</summary>
    public string? Nonce { get; init; }
}

/// <summary>
/// An authorization that was prepared: send the user to <see cref="Url"/>, and keep the rest until
/// they come back: in the user's session on a server, in memory in a desktop app. It is plain data
/// and can be stored as JSON; it holds the verifier, so store it where only you can read.
/// </summary>
public sealed record GatewayAuthorization
{
    /// <summary>The consent page.</summary>
    public required Uri Url { get; init; }

    /// <summary>Where the user comes back to, as it was asked.</summary>
    public required string RedirectUri { get; init; }

    /// <summary>The secret half of PKCE (RFC 7636 §4.1); stays with you.</summary>
    public required string CodeVerifier { get; init; }

    /// <summary>The public half, which is in <see cref="Url"/> (RFC 7636 §4.2, S256).</summary>
    public required string CodeChallenge { get; init; }

    /// <summary>Comes back with the code, unchanged.</summary>
    public required string State { get; init; }

    /// <summary>Comes back in the ID token, where one was asked for.</summary>
    public string? Nonce { get; init; }

    /// <summary>Without the verifier, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayAuthorization)} to {RedirectUri}";
}

/// <summary>A callback that was checked: its <c>state</c> and <c>iss</c> are the expected
/// ones.</summary>
public sealed record GatewayCallback
{
    /// <summary>The authorization code: good once, for a minute.</summary>
    public required string Code { get; init; }

    /// <summary>The state of the authorization.</summary>
    public required string State { get; init; }

    /// <summary>The gateway that sent the user back.</summary>
    public required string Issuer { get; init; }

    /// <summary>Without the code, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayCallback)} from {Issuer}";
}

/// <summary>A code, and what belongs to it.</summary>
public sealed record GatewayCodeExchange
{
    /// <summary>The very redirect URI that the authorization was made with
    /// (RFC 6749 §4.1.3).</summary>
    public required string RedirectUri { get; init; }

    /// <summary>The <c>code</c> of the callback: good once, for a minute.</summary>
    public required string Code { get; init; }

    /// <summary>Of <see cref="GatewayAuthorization"/>.</summary>
    public required string CodeVerifier { get; init; }

    /// <summary>The nonce of the authorization, if it had one; the ID token must repeat
    /// it.</summary>
    public string? Nonce { get; init; }

    /// <summary>Without code and verifier, so that no log has them.</summary>
    public override string ToString() => $"{nameof(GatewayCodeExchange)} for {RedirectUri}";
}
